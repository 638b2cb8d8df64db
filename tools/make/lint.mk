# SPDX-License-Identifier: Apache-2.0
#
# `make lint` runs every check, also after one of them failed; `make lint-NAME` runs one. The scripts are in tools/lint/.
# clang-tidy remembers per file what passed (build/lint/tidy), the other checks take a second or two each.

LINT := build/lint
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
CPPCHECK ?= cppcheck

git_files = $(shell git ls-files -co --exclude-standard -- $(1))
existing = $(foreach f,$(1),$(if $(wildcard $(f)),$(f)))
# Fixtures are submissions and inputs of tests: their layout is part of what is tested.
LINT_C = $(call existing,$(filter-out tests/fixtures/% tests/lint/fixtures/% tests/escape/compile/% %/vmlinux.h,$(call git_files,'*.c' '*.h')))
LINT_HEADERS = $(filter-out %.bpf.h bpf/lib/% tests/%,$(filter %.h,$(LINT_C)))
LINT_MODULE_C = $(filter-out tests/escape/%,$(HOST_SOURCES) $(TEST_SOURCES))
LINT_SHELL = $(call existing,$(shell git grep -lI --untracked -E '^\#!/bin/(ba)?sh' -- ':!tests/fixtures' ':!tests/escape/compile' ':!docs'))
LINT_MAN = $(wildcard docs/man/*.[1-8])

LINT_CHECKS := layers tree shell man format headers functions cppcheck tidy verifier fuzz
.PHONY: lint $(LINT_CHECKS:%=lint-%)
lint: ## run every static check: lint-{layers,tree,shell,man,format,headers,functions,cppcheck,tidy,verifier,fuzz}
	@tools/make/install-packages build lint fuzz
	@$(MAKE) --no-print-directory --keep-going $(PARALLEL) --output-sync=target $(LINT_CHECKS:%=lint-%)

# That they can be built; what they find takes `make fuzz`.
lint-fuzz: fuzz-build

lint-layers:
	$(call say,LINT,layers)
	$(Q)tools/lint/layers

lint-tree:
	$(call say,LINT,tree)
	$(Q)tools/lint/tree

lint-shell:
	$(call say,LINT,shell)
	$(Q)$(if $(LINT_SHELL),shellcheck -x -P SCRIPTDIR $(LINT_SHELL))

lint-man:
	$(call say,LINT,man)
	$(Q)$(if $(LINT_MAN),tools/lint/man $(LINT_MAN))

lint-format:
	$(call say,LINT,format)
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $(LINT_C) || { echo "run 'make format', which lays these files out"; exit 1; }

.PHONY: format
format: ## lay every C file out as .clang-format says
	$(Q)$(CLANG_FORMAT) -i $(LINT_C)

lint-headers: $(BPF_SKELETONS)
	$(call say,LINT,headers)
	@mkdir -p $(LINT)
	$(Q)tools/lint/headers $(LINT_HEADERS) -- $(CC) $(CFLAGS_HOST)

lint-functions:
	$(call say,LINT,functions)
	$(Q)tools/lint/functions $(filter %.c,$(LINT_C))

# missingInclude*: system headers are not read. unusedFunction: libraries and tests are separate runs.
# unmatchedSuppression: inline suppressions name checks that depend on the version. memleak, resourceLeak: the cleanup
# attribute is not seen. uninitvar: an array that one argument fills for another is reported; both compilers and
# clang-tidy look for these as well. internalAstError: statement expressions (TAKE_PTR) in an initializer.
lint-cppcheck:
	$(call say,LINT,cppcheck)
	@mkdir -p $(LINT)/cppcheck
	$(Q)$(CPPCHECK) --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j $(JOBS) \
		--cppcheck-build-dir=$(LINT)/cppcheck --template='{file}:{line}: {severity}: {message} [{id}]' \
		--suppress=missingInclude --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
		--suppress=memleak --suppress=resourceLeak --suppress=uninitvar --suppress=internalAstError -I. $(DEFINES) -D_GNU_SOURCE -D__$(MACHINE)__=1 \
		--library=tools/lint/cppcheck.cfg $(LINT_MODULE_C)

# Needs a kernel that takes the programs; where it does not, the test says so and passes.
lint-verifier: $(TEST_BIN)/supervisor/probe/test-verifier
	$(call say,LINT,verifier)
	$(Q)ASSAY_SOURCE=$(CURDIR) $< >$(LINT)/verifier.log 2>&1 || { cat $(LINT)/verifier.log >&2; exit 1; }

lint-tidy: $(LINT_MODULE_C:%=$(LINT)/tidy/%.ok)
	$(call say,LINT,tidy)

$(LINT)/tidy/%.ok: % .clang-tidy $(wildcard lib/*/*.h supervisor/*/*.h agent/*.h agent/abi/*.h tools/*/*.h) | compdb
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG_TIDY) --quiet -p build $< 2>$@.log || { cat $@.log | grep -v 'warnings generated' >&2; exit 1; }
	@touch $@
