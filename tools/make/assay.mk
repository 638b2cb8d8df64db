# SPDX-License-Identifier: Apache-2.0
#
# The command line. The build directory has the layout of an installation (bin/, libexec/assay/, share/assay/), so
# that assay finds its agent, checker and policies relative to its own executable in both.

ASSAY := $(BUILD)/bin/assay

# What an installation needs, without the tests.
.PHONY: programs
programs:
all: programs

ifneq ($(wildcard tools/assay/main.c),)
programs: $(ASSAY)
$(ASSAY): $(call objects,tools/assay) $(MODULE_ARCHIVES)
	$(call say,LD,assay)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS_PROGRAM) -o $@ $(call objects,tools/assay) -Wl,--start-group $(MODULE_ARCHIVES) -Wl,--end-group $(PROGRAM_LIBS)
endif

all: $(call archives,$(MODULES))

POLICIES_LINK := $(BUILD)/share/assay/policies
programs: $(POLICIES_LINK)
$(POLICIES_LINK):
	@mkdir -p $(@D) && ln -sfn ../../../../policies $@

.PHONY: clean
clean: ## remove build/
	rm -rf build compile_commands.json
