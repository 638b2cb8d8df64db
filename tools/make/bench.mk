# SPDX-License-Identifier: Apache-2.0
#
# Measurements beside peers in the same run. Never a test: machines are noisy. Peers that are installed are measured
# (`make deps WITH=bench` installs those that Debian has).

BENCH_PROGRAMS := $(patsubst tools/bench/%.c,$(BUILD)/bench/%,$(filter-out %/bench-engine.c,$(wildcard tools/bench/bench-*.c)))
BENCH_ROUNDS ?= 300
SOAK ?= 10000
TRACE_MB ?= 64

$(BUILD)/bench/%: $(OBJ)/tools/bench/%.o $(OBJ)/tools/bench/bench-engine.o $(MODULE_ARCHIVES)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) $(LDFLAGS_HOST) -o $@ $(filter %.o,$^) -Wl,--start-group $(MODULE_ARCHIVES) -Wl,--end-group $(PKG_LIBS)

# What bench-calls measures the probe's programs against: an object of its own.
$(BUILD)/bpf/bench/%.bpf.o: bpf/bench/%.bpf.c $(VMLINUX_H) $(FLAGS_STAMP)
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@

$(GEN)/bpf/bench/%.skel.h: $(BUILD)/bpf/bench/%.bpf.o
	$(call say,SKEL,$(@F))
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@.new && mv $@.new $@

$(OBJ)/tools/bench/bench-calls.o: | $(GEN)/bpf/bench/floor.skel.h

.PHONY: bench bench-soak bench-exact bench-readers performance-doc
bench: programs $(BENCH_PROGRAMS) $(BUILD)/test/stream-trace ## start, throughput, calls beside peers, as ratios (BENCH_ROUNDS=)
	$(Q)tools/bench/run $(BUILD) $(BENCH_ROUNDS)
	$(Q)tools/bench/steps $(BUILD) 100

performance-doc: programs $(BENCH_PROGRAMS) ## write the tables of docs/performance.md (BENCH_ROUNDS=)
	$(Q)tools/bench/run $(BUILD) $(BENCH_ROUNDS) --write docs/performance.md
	$(Q)tools/bench/steps $(BUILD) $(BENCH_ROUNDS) --write docs/performance.md

bench-soak: programs $(BENCH_PROGRAMS) ## SOAK=10000 sandboxes one at a time, 8 at a time and as cases of submissions: nothing may grow
	$(Q)$(BUILD)/bench/bench-soak $(BUILD) $(SOAK)

bench-exact: programs $(BUILD)/test/supervisor/probe/test-objects ## RUNS=1000 runs each of six programs: one gas, and one digest of their traces; FLIPS=2000000 opens
	$(Q)$(TEST_ENV) ASSAY_EXACT_RUNS=$(or $(RUNS),1000) tests/integration/test_exact.py
	$(Q)$(TEST_ENV) ASSAY_FLIPS=$(or $(FLIPS),2000000) $(BUILD)/test/supervisor/probe/test-objects

bench-readers: programs $(BENCH_PROGRAMS) ## every reader of traces on one of TRACE_MB=64: events a second, and memory, which may not grow
	$(Q)$(BUILD)/bench/bench-readers $(BUILD) $(TRACE_MB)

-include $(wildcard $(OBJ)/tools/bench/*.d)
