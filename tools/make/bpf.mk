# SPDX-License-Identifier: Apache-2.0
#
# bpf/X.bpf.c -> build/VARIANT/bpf/X.bpf.o, one a concern; all of them are linked into one object, whose skeleton is included as
# "bpf/probe.skel.h": they share maps, and an object of its own for each would read the kernel's types each time.
# Types of the kernel come from bpf/vmlinux.h when the tree has one, else from the BTF of the running kernel.

BPF_CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_SKELETONS := $(if $(BPF_SOURCES),$(GEN)/bpf/probe.skel.h)
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(MACHINE)))
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu17 -Wall -Wextra -Wno-unused-parameter $(WERROR) -D__TARGET_ARCH_$(BPF_ARCH) -I. -I$(GEN)/bpf

ifneq ($(BPF_SOURCES),)
PKGS += libbpf

ifeq ($(wildcard bpf/vmlinux.h),)
VMLINUX_H := $(GEN)/bpf/vmlinux.h
$(VMLINUX_H):
	$(call say,BTF,vmlinux.h)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) btf dump file /sys/kernel/btf/vmlinux format c >$@.new && mv $@.new $@
else
VMLINUX_H := bpf/vmlinux.h
endif

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(VMLINUX_H) $(FLAGS_STAMP)
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bpf/probe.o: $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(BPF_SOURCES))
	$(call say,LINK,$(@F))
	$(Q)$(BPFTOOL) gen object $@ $^

$(GEN)/bpf/probe.skel.h: $(BUILD)/bpf/probe.o
	$(call say,SKEL,$(@F))
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name probe_bpf >$@.new
	$(Q)printf '\n/* Of the object: tells builds apart. */\n#define PROBE_OBJECT_ID UINT64_C(0x%.16s)\n' "$$(sha256sum $<)" >>$@.new && mv $@.new $@

.PHONY: skeletons
skeletons: $(BPF_SKELETONS)

# The first compile has no dependency file yet that names the skeletons.
$(call objects,supervisor/probe) $(patsubst %.c,$(OBJ)/%.o,$(call tests,supervisor/probe)): | $(BPF_SKELETONS)
all: $(BPF_SKELETONS)
-include $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.d,$(BPF_SOURCES))
endif
