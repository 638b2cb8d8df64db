# SPDX-License-Identifier: Apache-2.0
#
# Static programs whose gas and canonical digest are the same on every kernel (tests/integration/test_exact.py). They are built
# with the tests, so that a guest runs the very same files.
#
#   make golden-gas   write tests/fixtures/golden.json anew, after a change of the price list or of the digest's definition

GOLDEN_SOURCES := $(if $(filter x86_64,$(MACHINE)),$(wildcard tests/trace/golden-*.c))
GOLDEN_PROGRAMS := $(patsubst tests/trace/%.c,$(TEST_BIN)/%,$(GOLDEN_SOURCES))

# Nothing of the compiler's or of libc's goes into the bare one.
GOLDEN_FLAGS_golden-bare := -nostdlib -ffreestanding -fno-stack-protector -fcf-protection=none

$(TEST_BIN)/golden-%: tests/trace/golden-%.c $(FLAGS_STAMP)
	$(call say,CC,"$< (static)")
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -O2 -D_GNU_SOURCE $(WARNINGS) $(WERROR) -static -fno-pie $(GOLDEN_FLAGS_$(@F)) -o $@ $<

# Of the architecture whose calls no filter lets pass; without a libc, which need not be there for it.
COMPAT_PROGRAM := $(if $(filter x86_64,$(MACHINE)),$(TEST_BIN)/compat)

$(TEST_BIN)/compat: tests/trace/compat.S $(FLAGS_STAMP)
	$(call say,CC,"$< (i386)")
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -nostdlib -static -no-pie -o $@ $<

build-tests bench-exact: $(GOLDEN_PROGRAMS)
build-tests: $(COMPAT_PROGRAM)

.PHONY: golden-gas
golden-gas: programs $(GOLDEN_PROGRAMS)
	@$(TEST_ENV) tests/integration/test_exact.py --write
