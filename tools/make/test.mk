# SPDX-License-Identifier: Apache-2.0
#
# `make test` runs every unit test program and every test script; `make check` sets the machine up first.
#
#   TESTS=pattern      only files whose path contains it (or matches it as a shell pattern)
#   TEST_TIMEOUT=300   seconds for one file; then its process group is killed and it counts as failed
#   ASSAY_MUST_RUN=1   a skip is a failure

TESTS ?=
TEST_TIMEOUT ?= 300
TEST_BIN := $(BUILD)/test
TEST_PROGRAMS := $(patsubst %.c,$(TEST_BIN)/%,$(TEST_SOURCES))

# Executable scripts that print TAP. What they import (tests/integration/tap.py) is neither executable nor a script.
TEST_SCRIPTS := $(sort $(wildcard tests/integration/*.sh tests/integration/*.py tests/escape/run* tests/lint/run* \
	tests/*/test-*.sh tests/*/test-*.py))

# A module's test links the archives up to its own; all others link everything.
test_links = $(call reverse,$(call archives,$(if $(filter $(1),$(MODULES)),$(call up_to,$(1),$(MODULES)),$(MODULES) $(filter $(1),$(PROGRAM_DIRS)))))

define test_rule
$(TEST_BIN)/$(1): $(OBJ)/$(1).o $(call test_links,$(patsubst %/,%,$(dir $(1))))
	$$(call say,LD,$(1))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS_HOST) $$(LDFLAGS_HOST) -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(PKG_LIBS) $$(CMOCKA_LIBS)
endef
$(foreach t,$(TEST_SOURCES:.c=),$(eval $(call test_rule,$(t))))

# A sanitizer's report ends its process with a status that no program of ours uses, and lands in a directory that the
# runner looks at after each file: a report counts even when the test swallowed stderr and expected a failure.
SAN_REPORTS := $(BUILD)/test/reports
SAN_COMMON := exitcode=99:halt_on_error=1:log_path=$(CURDIR)/$(SAN_REPORTS)/report
TEST_ENV = ASSAY=$(CURDIR)/$(ASSAY) ASSAY_BUILD=$(CURDIR)/$(BUILD) ASSAY_SOURCE=$(CURDIR) ASSAY_SANITIZE=$(SANITIZE) \
	$(if $(SANITIZE),ASAN_OPTIONS=$(SAN_COMMON):detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1 \
	UBSAN_OPTIONS=$(SAN_COMMON):print_stacktrace=1 LSAN_OPTIONS=$(SAN_COMMON) TSAN_OPTIONS=$(SAN_COMMON):second_deadlock_stack=1)

.PHONY: build-tests
build-tests: $(TEST_PROGRAMS)
all: build-tests

# TESTS that name nothing but test programs need nothing else to be built.
tests_named = $(strip $(foreach t,$(1),$(if $(strip $(foreach p,$(TESTS),$(findstring $(p),$(t)))),$(t))))
TESTS_NEED := $(if $(TESTS),$(if $(call tests_named,$(TEST_SCRIPTS)),all,$(or $(call tests_named,$(TEST_PROGRAMS)),all)),all)

.PHONY: test
test: $(TESTS_NEED) ## run every test, without setting the machine up
	@mkdir -p $(TEST_BIN)
	@$(TEST_ENV) tools/make/run-tests --timeout $(TEST_TIMEOUT) --reports $(SAN_REPORTS) --closing $(TEST_BIN)/closing --strip $(TEST_BIN)/ \
		$(if $(TESTS),--only '$(TESTS)') $(TEST_PROGRAMS) $(TEST_SCRIPTS)

.PHONY: check
check: ## set the machine up, build, and pass every test
	@$(MAKE) --no-print-directory deps WITH="build languages test"
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@$(MAKE) --no-print-directory test
