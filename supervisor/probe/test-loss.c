/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes make calls as fast as they can, and the reader looks up now and then: what was asked for when it does not keep up is what happens.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "supervisor/probe/test-run.h"

enum {
	FLOOD_MSEC = 5000,
	FLOOD_SHORT_MSEC = 1500,
	STALL_USEC = 100000,
	READER_USEC = 1000,
	SAMPLE_BYTES = 4711,
};

#define MOMENT_NS (STALL_USEC / 4 * NSEC_PER_USEC)

static uint64_t getppids, stopped;
static uint64_t latest_ns, sampled_ns; /* of events, and of the latest sample */
static bool misplaced;		       /* a sample */

/*
 * A sample comes after what is older than it, and before what is younger; but two CPUs may take their numbers in another order than their times, by a
 * moment.
 */
static void sample_note(const struct event *event)
{
	if (event->kind == EVENT_SAMPLE) {
		misplaced |= event->ts_ns + MOMENT_NS < latest_ns;
		assert_int_equal(event->args[EVENT_SAMPLE_MEMORY_BYTES], SAMPLE_BYTES);
		assert_int_equal(event->pid, 0);
		sampled_ns = event->ts_ns;
	} else if (event->kind != EVENT_END) {
		misplaced |= event->ts_ns + MOMENT_NS < sampled_ns;
		latest_ns = MAX(latest_ns, event->ts_ns);
	}
}

static void note_flood(const struct event *event)
{
	getppids += event->nr == SYS_getppid;
	stopped += (event->flags & EVENT_STOPPED) != 0;
	sample_note(event);
}

static void sample(struct probe_step *step)
{
	probe_sample(step, &(struct probe_sample){.memory_bytes = SAMPLE_BYTES});
}

/* On a slow machine a program needs longer to fill a ring. */
static unsigned stall_usec(void)
{
	return STALL_USEC * (unsigned)time_scale();
}

static struct probe_report run_flood(enum trace_loss loss, uint64_t msec, struct seen *seen)
{
	getppids = stopped = latest_ns = sampled_ns = 0;
	misplaced = false;
	note = note_flood;
	shared->flood_msec = msec;
	return run("flood", TRACE_LEVEL_SYSCALLS, loss, stall_usec(), seen);
}

/* --- the role --- */

static void flood(uint64_t msec, uint64_t *calls, int cpu)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + msec * NSEC_PER_MSEC;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus);
	/* The clock is read without a call: the vDSO. */
	while (clock_now_ns(CLOCK_MONOTONIC) < end) {
		(void)syscall(SYS_getppid);
		++*calls;
	}
}

static int role_flood(struct shared *memory)
{
	int n_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (fork() == 0) {
		flood(memory->flood_msec, &memory->calls[1], 1 % n_cpus);
		_exit(0);
	}
	flood(memory->flood_msec, &memory->calls[0], 0);
	(void)wait(NULL);
	return 0;
}

/* One floods, the other continues it all the time. */
static int role_continued(struct shared *memory)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + memory->flood_msec * NSEC_PER_MSEC;
	pid_t child = fork();

	if (child == 0) {
		flood(memory->flood_msec, &memory->calls[1], 0);
		_exit(0);
	}
	while (clock_now_ns(CLOCK_MONOTONIC) < end)
		(void)kill(child, SIGCONT);
	(void)kill(child, SIGCONT);
	(void)wait(NULL);
	return 0;
}

/* --- tests --- */

/* Five seconds; less on a slow machine. */
static uint64_t flood_msec(void)
{
	return MAX(FLOOD_MSEC / time_scale(), (uint64_t)FLOOD_SHORT_MSEC);
}

static void test_stop_loses_nothing(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_flood(TRACE_LOSS_STOP, flood_msec(), &seen);
	print_message("# stop: %lu events, %lu stops, %d holds\n", (unsigned long)report.seq_end,
		      (unsigned long)stopped, seen.holds);
	assert_int_equal(report.lost, 0);
	assert_int_equal(getppids, shared->calls[0] + shared->calls[1]);
	assert_true(stopped > 0 && seen.holds > 0);
	assert_int_equal(run_status, 0);
}

static struct probe_report run_continued(unsigned usec, struct seen *seen)
{
	getppids = stopped = 0;
	note = note_flood;
	shared->flood_msec = FLOOD_SHORT_MSEC;
	return run("continued", TRACE_LEVEL_SYSCALLS, TRACE_LOSS_STOP, usec, seen);
}

/* Who continues what is held runs on until the group is frozen, and there is room for that. */
static void test_stop_cannot_be_undone(void **state _unused_)
{
	unsigned usec = READER_USEC * (unsigned)time_scale();
	struct seen seen;
	struct probe_report report;

	need_bpf();
	/* The slower the machine's calls, the longer the ring takes to be half full: who reads so often that nothing has to be held reads less often. */
	do {
		report = run_continued(usec, &seen);
		print_message("# continued, read every %u us: %lu events, %lu stops, %d holds\n",
			      usec, (unsigned long)report.seq_end, (unsigned long)stopped,
			      seen.holds);
		assert_int_equal(report.lost, 0);
		assert_int_equal(getppids, shared->calls[1]);
		usec *= 2;
	} while (stopped == 0 && usec < stall_usec());
	assert_true(stopped > 0 && seen.holds > 0);
	assert_int_equal(run_status, 0);
}

/* Should the room not be enough, since nobody reads: what is missing is told, and counters are exact. */
static void test_stop_undone_is_told(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_continued(stall_usec(), &seen);
	print_message("# continued, reader asleep: %lu events, %lu lost, %d holds\n",
		      (unsigned long)report.seq_end, (unsigned long)report.lost, seen.holds);
	assert_int_equal(report.counters.calls[SYS_getppid], shared->calls[1]);
	assert_true(getppids + report.lost >= shared->calls[1]);
	assert_true(seen.holds > 0);
	assert_int_equal(run_status, 0);
}

/* The reader is behind all the time: what it has not read yet is older than the sample. */
static void test_samples_stand_in_order(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	beside = sample;
	report = run_flood(TRACE_LOSS_STOP, FLOOD_SHORT_MSEC, &seen);
	beside = NULL;
	assert_int_equal(report.lost, 0);
	assert_true(stopped > 0);
	/* One at each look. A fifth of those that the flood has time for. */
	assert_true(seen.kinds[EVENT_SAMPLE] >= MAX(FLOOD_SHORT_MSEC * 1000U / stall_usec() / 5, 1U));
	assert_int_equal(report.received, seen.events - seen.kinds[EVENT_SAMPLE] - 1);
	assert_false(misplaced);
}

static void test_drop_tells_what_is_missing(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_flood(TRACE_LOSS_DROP, flood_msec(), &seen);
	print_message("# drop: %lu events, %lu lost in %lu gaps\n", (unsigned long)report.seq_end,
		      (unsigned long)report.lost, (unsigned long)seen.gaps);
	assert_true(report.lost > 0 && seen.gaps > 0);
	/* Counters are exact all the same. */
	assert_int_equal(report.counters.calls[SYS_getppid], shared->calls[0] + shared->calls[1]);
	assert_int_equal(run_status, 0);
}

static void test_kill_ends_at_the_first_loss(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_flood(TRACE_LOSS_KILL, flood_msec(), &seen);
	assert_int_equal(report.end, PROBE_END_LOSS);
	assert_true(WIFSIGNALED(run_status));
	/* One by each of the two at most, and what each says of its own end. */
	assert_in_range(report.lost, 1, 8);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop_loses_nothing),
		cmocka_unit_test(test_stop_cannot_be_undone),
		cmocka_unit_test(test_stop_undone_is_told),
		cmocka_unit_test(test_samples_stand_in_order),
		cmocka_unit_test(test_drop_tells_what_is_missing),
		cmocka_unit_test(test_kill_ends_at_the_first_loss),
	};

	/* Without a sanitizer's look at what is left, which makes calls of its own. */
	if (argc > 1)
		_exit(strcmp(argv[1], "continued") == 0 ? role_continued(role_memory()) :
							  role_flood(role_memory()));
	return cmocka_run_group_tests(tests, setup, teardown);
}
