# SPDX-License-Identifier: Apache-2.0
#
# The reference host: Debian's stock kernel, pure cgroup v2, systemd, in qemu. See docs/testing.md.
#
#   KERNEL=both          stock, backports or both
#   VM_TIMEOUT=1200      seconds for one guest's tests
#   ASSAY_TIME_SCALE=8   what tests multiply their time limits by, under emulation

KERNEL ?= both
VM_DIR := build/vm

# The tests of the source text (tests/lint) say nothing about a host.
VM_TESTS = $(TEST_PROGRAMS) $(filter-out tests/lint/%,$(TEST_SCRIPTS))

.PHONY: check-vm
check-vm: ## pass every test on the reference host, a guest in qemu (KERNEL=stock|backports|both)
	@$(MAKE) --no-print-directory deps WITH="build vm"
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@ASSAY_BUILD=$(CURDIR)/$(BUILD) ASSAY_SOURCE=$(CURDIR) tests/escape/run.py --build
	@TESTS='$(TESTS)' tools/vm/check $(KERNEL) $(BUILD) $(VM_TESTS)

.PHONY: vm-shell
vm-shell: ## a root shell in the guest (KERNEL=stock|backports), with the build installed when there is one
	@$(MAKE) --no-print-directory deps WITH=vm
	@tools/vm/image root
	@tools/vm/image kernel $(VM_KERNEL)
	@rm -rf $(VM_DIR)/shell
	@if [ -x $(ASSAY) ]; then $(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/$(VM_DIR)/shell PREFIX=/usr/local >/dev/null; fi
	@tools/vm/run --shell --kernel $(VM_KERNEL) $$([ ! -d $(VM_DIR)/shell ] || echo --put $(VM_DIR)/shell=/)
VM_KERNEL = $(if $(filter both,$(KERNEL)),stock,$(KERNEL))

.PHONY: vm-image
vm-image: ## make the guest's image and kernels below build/vm, when they are not there yet
	@$(MAKE) --no-print-directory deps WITH=vm
	@tools/vm/image root
	@for k in $(if $(filter both,$(KERNEL)),stock backports,$(KERNEL)); do \
		tools/vm/image kernel $$k || { s=$$?; [ $$s = 4 ] || exit $$s; }; done
