# SPDX-License-Identifier: Apache-2.0
#
# libFuzzer targets: tests/fuzz/fuzz-NAME.c with a corpus in tests/fuzz/corpus/NAME/ and, where words help, NAME.dict.
#
#   FUZZ_SECONDS=60    time for each target
#   FUZZ=pattern       only targets whose name contains it
#
# They are built by clang with sanitizers into build/fuzz, by a make of its own, so that the instrumentation reaches the
# modules too. A target links the modules whose headers it includes and those before them. What a run finds is kept in
# build/fuzz/corpus/NAME, a crash in build/fuzz/crash/NAME-*. The committed corpora are small, and their files are named by
# what they show: a crash that has been mended goes there under such a name, and `make fuzz-smoke` replays it for good.

FUZZ ?=
FUZZ_SECONDS ?= 60
FUZZ_BUILD := build/fuzz
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz-*.c)
FUZZ_NAMES := $(strip $(foreach n,$(FUZZ_SOURCES:tests/fuzz/fuzz-%.c=%),$(if $(or $(if $(FUZZ),,all),$(findstring $(FUZZ),$(n))),$(n))))
FUZZ_MAKE = $(MAKE) --no-print-directory $(PARALLEL) CC=clang DEBUG= SANITIZE=address,undefined BUILD=$(FUZZ_BUILD) \
	EXTRA_CFLAGS=-fsanitize=fuzzer-no-link EXTRA_LDFLAGS=
FUZZ_ENV := ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1

# --- inside the make of their own ---
fuzz_modules = $(sort $(foreach i,$(shell sed -n 's/^\#include "\(.*\)"/\1/p' $(1)),$(filter $(patsubst %/,%,$(dir $(i))),$(MODULES) $(PROGRAM_DIRS))))
fuzz_links = $(call reverse,$(call archives,$(foreach m,$(MODULES) $(PROGRAM_DIRS),$(if $(filter $(m),$(foreach d,$(1),$(d) $(if $(filter $(d),$(MODULES)),$(call up_to,$(d),$(MODULES)),lib/base))),$(m)))))

define fuzz_rule
$(BUILD)/bin/fuzz-$(1): $(OBJ)/tests/fuzz/fuzz-$(1).o $(call fuzz_links,$(call fuzz_modules,tests/fuzz/fuzz-$(1).c))
	$$(call say,LD,fuzz-$(1))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_HOST) $$(LDFLAGS_HOST) -fsanitize=fuzzer -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(PKG_LIBS)
endef
.PHONY: fuzz-programs
ifeq ($(BUILD),$(FUZZ_BUILD))
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz_rule,$(n))))
fuzz-programs: $(FUZZ_NAMES:%=$(BUILD)/bin/fuzz-%)
-include $(FUZZ_NAMES:%=$(OBJ)/tests/fuzz/fuzz-%.d)
endif

# --- what people call ---
.PHONY: fuzz-build
fuzz-build:
	$(if $(FUZZ_NAMES),,$(error no fuzz target matches FUZZ='$(FUZZ)'))
	@tools/make/install-packages build fuzz
	@$(FUZZ_MAKE) fuzz-programs FUZZ='$(FUZZ)'

fuzz_run = mkdir -p $(FUZZ_BUILD)/corpus/$(1) $(FUZZ_BUILD)/crash && \
	$(FUZZ_ENV) $(FUZZ_BUILD)/bin/fuzz-$(1) -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
	$(addprefix -dict=,$(wildcard tests/fuzz/$(1).dict)) -artifact_prefix=$(FUZZ_BUILD)/crash/$(1)- \
	$(FUZZ_BUILD)/corpus/$(1) $(wildcard tests/fuzz/corpus/$(1)) >$(FUZZ_BUILD)/$(1).log 2>&1 || \
	{ tail -n 60 $(FUZZ_BUILD)/$(1).log; echo "fuzz-$(1) failed: see $(FUZZ_BUILD)/$(1).log and $(FUZZ_BUILD)/crash/$(1)-*" >&2; exit 1; }

.PHONY: fuzz fuzz-smoke
fuzz: fuzz-build ## run every fuzz target for FUZZ_SECONDS (60), or those that contain FUZZ=
	@$(MAKE) --no-print-directory --keep-going $(PARALLEL) $(FUZZ_NAMES:%=fuzz-run-%)

fuzz-run-%:
	$(call say,FUZZ,"$* ($(FUZZ_SECONDS) s)")
	@$(call fuzz_run,$*)
	@awk '/stat::number_of_executed_units/ { n = $$2 } /cov: / { for (i = 1; i < NF; i++) if ($$i == "cov:") c = $$(i + 1) } \
		END { printf "  %-5s %s: %d inputs tried, %d edges covered\n", "ok", "$*", n, c }' $(FUZZ_BUILD)/$*.log

fuzz-smoke: fuzz-build ## replay the committed corpora of the fuzz targets
	@for n in $(FUZZ_NAMES); do \
		compgen -G "tests/fuzz/corpus/$$n/*" >/dev/null || { echo "tests/fuzz/corpus/$$n: no inputs" >&2; exit 1; }; \
		$(FUZZ_ENV) $(FUZZ_BUILD)/bin/fuzz-$$n -timeout=10 tests/fuzz/corpus/$$n/* >$(FUZZ_BUILD)/$$n.log 2>&1 || \
			{ tail -n 60 $(FUZZ_BUILD)/$$n.log; echo "fuzz-$$n failed on its corpus" >&2; exit 1; }; \
		printf '  %-5s %s: %d inputs\n' ok $$n "$$(ls tests/fuzz/corpus/$$n | wc -l)"; \
	done
