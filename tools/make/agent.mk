# SPDX-License-Identifier: Apache-2.0
#
# The two programs that run inside a sandbox: assay-agent (PID 1) and assay-checker (compares outputs). Static, libc
# and lib/base only, so that they need nothing of the root they run in.

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

define static_program
programs: $(BUILD)/libexec/assay/$(2)
$(BUILD)/libexec/assay/$(2): $(call static_objects,$(1)) $(STATIC_BASE)
	$$(call say,LD,$(2))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_STATIC) $$(LDFLAGS_STATIC) -o $$@ $(call static_objects,$(1)) $(STATIC_BASE)
endef
$(if $(wildcard agent/main.c),$(eval $(call static_program,agent,assay-agent)))
$(if $(wildcard checker/main.c),$(eval $(call static_program,checker,assay-checker)))

-include $(patsubst %.o,%.d,$(foreach d,lib/base agent checker,$(call static_objects,$(d))))
