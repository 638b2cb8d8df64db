/* SPDX-License-Identifier: Apache-2.0 */
/* What a job says of gas and counters: with and without BPF, a schedule, a limit. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/engine/engine.h"

enum { LOOP_SECONDS = 120, RING_BYTES = 1 << 20 };

static struct loop *loop;
static struct engine *engine;
static struct policy *policy;
static struct policy_dirs dirs;
static struct gas_schedule schedule, *shipped; /* ours, and the policy's own */

/* What the submissions ask for, and what their events said. */
static enum trace_level level;
static struct {
	unsigned long kinds[EVENT_KIND_MAX];
	uint64_t events, end_seq, end_lost;
	int denied_nr;
	char program[256];
} told;

/* What the last job said. */
static struct {
	enum verdict verdict;
	char message[RESULT_MESSAGE_BYTES];
	struct step_result step; /* its descriptors are gone */
	bool done, has_schedule, bpf_absent;
} said;

static const char *path_below(const char *variable, const char *name, char path[static 4096])
{
	const char *top = getenv(variable);

	(void)snprintf(path, 4096, "%s/%s", top != NULL ? top : ".", name);
	return path;
}

static int engine_make(bool metering, struct gas_schedule *prices, size_t ring_bytes)
{
	struct fault fault = {0};
	char libexec[4096];
	const struct engine_options options = {
		.n_slots = 1,
		.libexec_dir = path_below("ASSAY_BUILD", "libexec/assay", libexec),
		.policy_dirs = &dirs,
		.metering = metering,
		.trace_ring_bytes = ring_bytes,
	};
	int r = loop_new(&loop);

	policy->gas = prices;
	(void)alarm(LOOP_SECONDS);
	if (r >= 0)
		r = engine_new(loop, &options, &engine, &fault);
	if (r < 0)
		print_message("# %s: %s\n", fault.layer, fault.text);
	return r < 0 ? -1 : 0;
}

static int setup_metered(void **state _unused_)
{
	return geteuid() == 0 ? engine_make(true, &schedule, 0) : 0;
}

static int setup_unpriced(void **state _unused_)
{
	return geteuid() == 0 ? engine_make(true, NULL, 0) : 0;
}

static int setup_off(void **state _unused_)
{
	return geteuid() == 0 ? engine_make(false, &schedule, 0) : 0;
}

static int setup_traced(void **state _unused_)
{
	return geteuid() == 0 ? engine_make(true, &schedule, RING_BYTES) : 0;
}

static int teardown(void **state _unused_)
{
	engine = engine_free(engine);
	loop = loop_free(loop);
	(void)alarm(0);
	return 0;
}

static int group_setup(void **state _unused_)
{
	static char vendor[4096];
	struct fault fault = {0};

	dirs.vendor = path_below("ASSAY_SOURCE", "policies", vendor);
	schedule = (struct gas_schedule){
		.id = "test",
		.version = 1,
		.n_classes = 2,
		.classes = {{.name = "call", .price = 2},
			    {.name = "io", .price = 3, .extra = GAS_EXTRA_BYTES}},
		.bytes_price = 5,
		.bytes_unit = 4,
		.fork_price = 7,
		.exec_price = 11,
	};
	schedule.class_of[SYS_write] = schedule.class_of[SYS_read] = 1;
	if (policy_load(&dirs, "shell", &policy, &fault) < 0)
		return -1;
	shipped = policy->gas;
	return 0;
}

static int group_teardown(void **state _unused_)
{
	policy->gas = shipped;
	policy = policy_free(policy);
	return 0;
}

static void on_done(void *userdata _unused_, const struct run_result *result)
{
	said.verdict = result->verdict;
	said.step = result->tests[0].step;
	said.has_schedule = result->gas_schedule != NULL;
	said.bpf_absent = false;
	for (size_t i = 0; i < result->n_layers; i++)
		if (strcmp(result->layers[i].name, "bpf") == 0)
			said.bpf_absent = strncmp(result->layers[i].state, "absent", 6) == 0;
	(void)snprintf(said.message, sizeof(said.message), "%s", result->message);
	said.done = true;
}

static void on_event(void *userdata _unused_, int index, const struct event *event)
{
	const struct event_bytes *path = &event->text[EVENT_TEXT_PATH];

	assert_int_equal(index, 0);
	told.kinds[event->kind]++;
	told.events++;
	if (event->kind == EVENT_DENIED)
		told.denied_nr = event->nr;
	if (event->kind == EVENT_EXEC && path->data != NULL)
		(void)snprintf(told.program, sizeof(told.program), "%.*s", (int)path->size,
			       path->data);
	if (event->kind == EVENT_END) {
		told.end_seq = event->args[0];
		told.end_lost = event->args[2];
	}
}

static void judge(const char *script, uint64_t gas_limit)
{
	struct submission_file file = {.name = (char *)"x.sh", .size = strlen(script)};
	struct test_case test = {.name = (char *)"1", .input_fd = -EBADF, .answer_fd = -EBADF};
	struct submission submission = {
		.files = &file,
		.n_files = 1,
		.tests = &test,
		.n_tests = 1,
		.trace_level = level,
	};
	const struct engine_callbacks callbacks = {.job_done = on_done, .event = on_event};
	struct engine_job *job;

	if (geteuid() != 0) {
		print_message("# missing: root\n");
		skip();
	}
	file.fd = fd_sealed_memfd("script", script, strlen(script));
	assert_true(file.fd >= 0);
	said.done = false;
	if (gas_limit != 0)
		limits_set(&submission.limits, LIMIT_GAS, gas_limit);
	assert_int_equal(engine_submit(engine, policy, &submission, &callbacks, NULL, &job), 0);
	while (!said.done)
		assert_true(loop_turn(loop, UINT64_MAX) >= 0);
	(void)fd_close(file.fd);
}

static void need_bpf(void)
{
	if (!said.bpf_absent)
		return;
	print_message("# missing: bpf\n");
	skip();
}

static uint64_t sum_of(const struct gas_account *gas)
{
	uint64_t sum = 0;

	for (int i = 0; i < GAS_ITEM_MAX; i++)
		sum += gas->gas[i];
	return sum;
}

static void test_counts_and_charges(void **state _unused_)
{
	const struct gas_account *gas = &said.step.gas;

	judge("echo hello\n(true)\n", 0);
	need_bpf();
	assert_int_equal(said.verdict, VERDICT_AC);
	assert_true(said.has_schedule);
	assert_true(said.step.counters.present);
	assert_int_equal(said.step.counters.execs, 1);
	assert_int_equal(said.step.counters.forks, 1);
	assert_int_equal(said.step.counters.calls[SYS_write], 1);
	assert_int_equal(gas->limit, LIMIT_NONE);
	assert_int_equal(gas->count[GAS_ITEM_FORKS], 1);
	assert_int_equal(gas->gas[GAS_ITEM_FORKS], 7);
	assert_int_equal(gas->gas[GAS_ITEM_EXECS], 11);
	assert_true(gas->gas[GAS_ITEM_BYTES] >= 5); /* "hello\n" is a unit and a half */
	assert_int_equal(gas->used, sum_of(gas));
	assert_int_equal(gas->count[0] + gas->count[1], said.step.counters.syscalls);
}

static void test_the_same_gas_again(void **state _unused_)
{
	uint64_t first = 0;

	for (int i = 0; i < 10; i++) {
		judge("for i in 1 2 3; do echo $i; done\n", 0);
		need_bpf();
		first = i == 0 ? said.step.gas.used : first;
		assert_int_equal(said.step.gas.used, first);
	}
}

static void test_limit(void **state _unused_)
{
	judge("while :; do echo x; done\n", 5000);
	need_bpf();
	assert_int_equal(said.verdict, VERDICT_GLE);
	assert_int_equal(said.step.limits_hit, 1U << LIMIT_GAS);
	assert_in_range(said.step.gas.used, 5000, 5000 + 3 + 5);
	assert_int_equal(said.step.gas.limit, 5000);
	assert_int_equal(said.step.exit_signal, 9);
}

/* A child that makes no calls dies with the one that reached the limit. */
static void test_limit_reaches_spinners(void **state _unused_)
{
	judge("(while :; do :; done) & while :; do echo x; done\n", 5000);
	need_bpf();
	assert_int_equal(said.verdict, VERDICT_GLE);
	assert_true(said.step.wall_time_ns < UINT64_C(1000000000));
}

static void trace(const char *script, enum trace_level wanted)
{
	memset(&told, 0, sizeof(told));
	level = wanted;
	judge(script, 0);
	level = TRACE_LEVEL_COUNTERS;
}

static void test_traces_every_call(void **state _unused_)
{
	trace("(true)\necho hello >/tmp/x\n", TRACE_LEVEL_SYSCALLS);
	need_bpf();
	assert_int_equal(said.verdict, VERDICT_AC);
	assert_int_equal(told.kinds[EVENT_START], 1);
	assert_int_equal(told.kinds[EVENT_END], 1);
	assert_int_equal(told.kinds[EVENT_FORK], 1);
	assert_int_equal(told.kinds[EVENT_EXIT], 2);
	assert_true(told.kinds[EVENT_SYSCALL] + told.kinds[EVENT_NET] + told.kinds[EVENT_DENIED] >=
		    said.step.counters.syscalls);
	assert_int_equal(told.end_lost, 0);
	/* All but END itself and what the engine adds have a number. */
	assert_true(told.kinds[EVENT_SAMPLE] > 0);
	assert_int_equal(told.end_seq, told.events - 1 - told.kinds[EVENT_SAMPLE]);
	assert_string_equal(told.program, "/usr/bin/bash");
}

/* A refusal by the filter is told apart from a failure of the call: both say EPERM or the like. */
static void test_refusals_are_events(void **state _unused_)
{
	trace("mknod /tmp/d b 1 1 2>/dev/null; chmod 700 / 2>/dev/null; mkdir /proc/x 2>/dev/null; true\n",
	      TRACE_LEVEL_EVENTS);
	need_bpf();
	assert_int_equal(said.verdict, VERDICT_AC);
	assert_int_equal(told.kinds[EVENT_DENIED], 1);
	assert_int_equal(told.denied_nr, SYS_mknodat);
	assert_int_equal(told.kinds[EVENT_EXEC], 4);
}

static void test_limit_without_bpf_does_not_run(void **state _unused_)
{
	judge("echo hello\n", 5000);
	assert_int_equal(said.verdict, VERDICT_IE);
	assert_false(said.step.ran);
	assert_non_null(strstr(said.message, "bpf"));
}

static void test_off_counts_nothing(void **state _unused_)
{
	judge("echo hello\n", 0);
	assert_int_equal(said.verdict, VERDICT_AC);
	assert_false(said.step.counters.present);
	assert_false(said.has_schedule);
}

static void test_limit_without_prices_does_not_run(void **state _unused_)
{
	judge("echo hello\n", 5000);
	assert_int_equal(said.verdict, VERDICT_IE);
	assert_non_null(strstr(said.message, "schedule"));
}

static void test_counts_without_prices(void **state _unused_)
{
	judge("echo hello\n", 0);
	need_bpf();
	assert_int_equal(said.verdict, VERDICT_AC);
	assert_true(said.step.counters.syscalls > 10);
	assert_int_equal(said.step.gas.used, 0);
	assert_false(said.has_schedule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts_and_charges, setup_metered, teardown),
		cmocka_unit_test_setup_teardown(test_the_same_gas_again, setup_metered, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup_metered, teardown),
		cmocka_unit_test_setup_teardown(test_limit_reaches_spinners, setup_metered, teardown),
		cmocka_unit_test_setup_teardown(test_traces_every_call, setup_traced, teardown),
		cmocka_unit_test_setup_teardown(test_refusals_are_events, setup_traced, teardown),
		cmocka_unit_test_setup_teardown(test_limit_without_bpf_does_not_run, setup_off,
						teardown),
		cmocka_unit_test_setup_teardown(test_off_counts_nothing, setup_off, teardown),
		cmocka_unit_test_setup_teardown(test_limit_without_prices_does_not_run,
						setup_unpriced, teardown),
		cmocka_unit_test_setup_teardown(test_counts_without_prices, setup_unpriced, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
