# SPDX-License-Identifier: Apache-2.0
#
# What the escape suite (tests/escape) runs: its attempts in C, built here so that a guest which gets the build directory
# compiles nothing, and assay-without, which is assay with layers switched off for tests/escape/run-layers.py.
#
#   make escape-table    run the second mode and write its table into docs/threat-model.md

ESCAPE_DIR := $(BUILD)/test/escape
ESCAPE_STAMP := $(ESCAPE_DIR)/built
ESCAPE_WITHOUT := $(ESCAPE_DIR)/without/bin/assay
ESCAPE_WRAP := $(addprefix -Wl$(comma)--wrap=,cgroup_step_limit cgroup_step_cpu_ns mount_setattr)

ifneq ($(wildcard tests/escape/suite.py),)
$(ESCAPE_STAMP): tests/escape/suite.py tests/escape/attempt.h $(wildcard tests/escape/attempts/*.c tests/escape/*.tsv)
	$(call say,CC,"tests/escape/attempts")
	@mkdir -p $(@D)
	@ASSAY_BUILD=$(CURDIR)/$(BUILD) ASSAY_SOURCE=$(CURDIR) tests/escape/run.py --build >$@.log || { cat $@.log >&2; exit 1; }
	@touch $@

# Its own plan_build() keeps the archive's plan-build.o out. It lies in a tree like an installation's, as assay expects.
$(ESCAPE_WITHOUT): $(OBJ)/tests/escape/without/without.o $(call archives,$(MODULES) tools/assay)
	$(call say,LD,assay-without)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS_HOST) $(ESCAPE_WRAP) -o $@ $< -Wl,--start-group $(call archives,$(MODULES) tools/assay) -Wl,--end-group $(PKG_LIBS)
	@ln -sfn ../../../libexec $(@D)/../libexec
	@ln -sfn ../../../share $(@D)/../share

build-tests: $(ESCAPE_STAMP) $(ESCAPE_WITHOUT)
-include $(OBJ)/tests/escape/without/without.d
endif

.PHONY: escape-table
escape-table: all
	@$(TEST_ENV) tests/escape/run-layers.py --write docs/threat-model.md
