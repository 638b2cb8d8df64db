# SPDX-License-Identifier: Apache-2.0
#
# What tests of traces need: a program that writes the trace of an imitated run.
#
#   make golden-traces   write those of tests/fixtures/traces that are missing

STREAM_TRACE := $(TEST_BIN)/stream-trace

ifneq ($(wildcard tests/trace/stream-trace.c),)
$(STREAM_TRACE): $(OBJ)/tests/trace/stream-trace.o $(MODULE_ARCHIVES)
	$(call say,LD,stream-trace)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS_HOST) -o $@ $< -Wl,--start-group $(MODULE_ARCHIVES) -Wl,--end-group $(PKG_LIBS)

build-tests: $(STREAM_TRACE)
-include $(OBJ)/tests/trace/stream-trace.d
endif

.PHONY: golden-traces
golden-traces: programs $(STREAM_TRACE)
	@$(TEST_ENV) tests/integration/test_trace.py --write
