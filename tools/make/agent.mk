# SPDX-License-Identifier: Apache-2.0
#
# The two programs that run inside a sandbox: assay-agent (PID 1) and assay-checker (compares outputs). Static, so that they
# need nothing of the root they run in. The checker is linked with lib/base and glibc, whose memory functions are quick; the agent with musl alone, because
# it is small. Of lib/base it uses headers.

STATIC_OBJ := $(BUILD)/static
STATIC_BASE := $(if $(call sources,lib/base),$(BUILD)/lib/lib-base-static.a)
static_objects = $(patsubst %.c,$(STATIC_OBJ)/%.o,$(call sources,$(1)))

$(STATIC_OBJ)/%.o: %.c $(FLAGS_STAMP)
	$(call say,CC,"$< (static)")
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_STATIC) -MMD -MP -c $< -o $@

$(BUILD)/lib/lib-base-static.a: $(call static_objects,lib/base)
	$(call say,AR,"lib/base (static)")
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) rcsD $@ $^

ifneq ($(wildcard checker/main.c),)
CHECKER := $(BUILD)/libexec/assay/assay-checker
programs: $(CHECKER)
$(CHECKER): $(call static_objects,checker) $(STATIC_BASE)
	$(call say,LD,assay-checker)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_STATIC) $(LDFLAGS_STATIC) -o $@ $(call static_objects,checker) $(STATIC_BASE)
endif

# musl has no headers of the kernel, and must not find those of another libc beside them.
KERNEL_HEADERS := $(GEN)/kernel-headers
$(KERNEL_HEADERS)/asm:
	@mkdir -p $(@D)
	@ln -sfn /usr/include/linux $(@D)/linux && ln -sfn /usr/include/asm-generic $(@D)/asm-generic && \
		ln -sfn /usr/include/$(MACHINE)-linux-gnu/asm $@

AGENT_OBJECTS := $(patsubst agent/%.c,$(STATIC_OBJ)/agent/%.o,$(call sources,agent))
$(AGENT_OBJECTS): $(STATIC_OBJ)/agent/%.o: agent/%.c $(FLAGS_STAMP) | $(KERNEL_HEADERS)/asm
	$(call say,CC,"$< (musl)")
	@mkdir -p $(@D)
	$(Q)$(AGENT_CC) $(CFLAGS_AGENT) -MMD -MP -c $< -o $@

ifneq ($(wildcard agent/main.c),)
AGENT := $(BUILD)/libexec/assay/assay-agent
programs: $(AGENT)
$(AGENT): $(AGENT_OBJECTS)
	$(call say,LD,assay-agent)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_AGENT) -o $@ $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $(AGENT_OBJECTS) $(MUSL_LIB)/libc.a -lgcc $(MUSL_LIB)/crtn.o
endif

-include $(patsubst %.o,%.d,$(foreach d,lib/base agent checker,$(call static_objects,$(d))))
