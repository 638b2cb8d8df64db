/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical digests: blind to scheduling, numbers and addresses, and to nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/base/mem.h"
#include "lib/trace/canonical.h"
#include "lib/trace/chunk-fill.h"

struct digest {
	uint8_t bytes[TRACE_HASH_BYTES];
};

static struct digest digest_of(const struct event *events, size_t n)
{
	struct trace_canonical *canonical = NULL;
	struct digest digest = {0};

	assert_int_equal(trace_canonical_new(&canonical), 0);
	for (size_t i = 0; i < n; i++) {
		struct trace_call call, *known = NULL;

		if (events[i].nr >= 0 && chunk_call_of(events[i].nr, &call))
			known = &call;
		assert_int_equal(trace_canonical_event(canonical, &events[i], known), 0);
	}
	assert_true(trace_canonical_finish(canonical, digest.bytes));
	(void)trace_canonical_free(canonical);
	return digest;
}

#define DIGEST(events) digest_of(events, ARRAY_SIZE(events))

static void assert_equal(struct digest a, struct digest b)
{
	assert_memory_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

static void assert_differ(struct digest a, struct digest b)
{
	assert_memory_not_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

#define FORK(by, child)                                                                          \
	{                                                                                        \
		.kind = EVENT_FORK, .nr = -1, .pid = (by), .tid = (by), .args = { child, child } \
	}
#define CALL(by, number, result, first)                                                           \
	{                                                                                         \
		.kind = EVENT_SYSCALL, .nr = (number), .pid = (by), .tid = (by), .ret = (result), \
		.args = {                                                                         \
			first                                                                     \
		}                                                                                 \
	}
#define KIND(by, which, first)                                                         \
	{                                                                              \
		.kind = (which), .nr = -1, .pid = (by), .tid = (by), .args = { first } \
	}

static void scheduling_does_not_count(void **state)
{
	const struct event one[] = {CALL(2, __NR_getpid, 2, 0),
				    FORK(2, 3),
				    FORK(2, 4),
				    CALL(3, __NR_close, 0, 5),
				    CALL(3, __NR_close, 0, 6),
				    CALL(4, __NR_close, 0, 7),
				    KIND(3, EVENT_EXIT, 0),
				    CALL(2, __NR_wait4, 3, 0)};
	const struct event other[] = {CALL(8, __NR_getpid, 8, 0), FORK(8, 20),
				      CALL(20, __NR_close, 0, 5), FORK(8, 11),
				      CALL(11, __NR_close, 0, 7), CALL(20, __NR_close, 0, 6),
				      KIND(20, EVENT_EXIT, 0),	  CALL(8, __NR_wait4, 20, 0)};
	const struct event swapped[] = {CALL(2, __NR_getpid, 2, 0),
					FORK(2, 3),
					FORK(2, 4),
					CALL(3, __NR_close, 0, 6),
					CALL(3, __NR_close, 0, 5),
					CALL(4, __NR_close, 0, 7),
					KIND(3, EVENT_EXIT, 0),
					CALL(2, __NR_wait4, 3, 0)};
	const struct event by_another[] = {CALL(2, __NR_getpid, 2, 0),
					   FORK(2, 3),
					   FORK(2, 4),
					   CALL(4, __NR_close, 0, 5),
					   CALL(4, __NR_close, 0, 6),
					   CALL(3, __NR_close, 0, 7),
					   KIND(3, EVENT_EXIT, 0),
					   CALL(2, __NR_wait4, 3, 0)};
	const struct event waited_for_other[] = {CALL(2, __NR_getpid, 2, 0),
						 FORK(2, 3),
						 FORK(2, 4),
						 CALL(3, __NR_close, 0, 5),
						 CALL(3, __NR_close, 0, 6),
						 CALL(4, __NR_close, 0, 7),
						 KIND(3, EVENT_EXIT, 0),
						 CALL(2, __NR_wait4, 4, 0)};

	assert_equal(DIGEST(one), DIGEST(other));
	assert_differ(DIGEST(one), DIGEST(swapped));
	assert_differ(DIGEST(one), DIGEST(by_another));
	assert_equal(DIGEST(one), DIGEST(waited_for_other)); /* any child was asked for */
}

static void waiting_and_signals_have_no_place(void **state)
{
	const struct event plain[] = {CALL(2, __NR_close, 0, 5), KIND(2, EVENT_SIGNAL, SIGCHLD),
				      CALL(2, __NR_close, 0, 6)};
	const struct event later[] = {CALL(2, __NR_close, 0, 5),       CALL(2, __NR_futex, 0, 1),
				      CALL(2, __NR_sched_yield, 0, 0), CALL(2, __NR_close, 0, 6),
				      KIND(2, EVENT_SIGNAL, SIGCHLD),  KIND(2, EVENT_SAMPLE, 77)};
	const struct event other_signal[] = {CALL(2, __NR_close, 0, 5),
					     KIND(2, EVENT_SIGNAL, SIGUSR1),
					     CALL(2, __NR_close, 0, 6)};
	const struct event twice[] = {CALL(2, __NR_close, 0, 5), KIND(2, EVENT_SIGNAL, SIGCHLD),
				      KIND(2, EVENT_SIGNAL, SIGCHLD), CALL(2, __NR_close, 0, 6)};
	const struct event queued[] = {CALL(2, __NR_close, 0, 5), KIND(2, EVENT_SIGNAL, 40),
				       CALL(2, __NR_close, 0, 6)};
	const struct event queued_twice[] = {CALL(2, __NR_close, 0, 5), KIND(2, EVENT_SIGNAL, 40),
					     KIND(2, EVENT_SIGNAL, 40), CALL(2, __NR_close, 0, 6)};
	struct event restarted[] = {CALL(2, __NR_close, 0, 5), CALL(2, __NR_read, -512, 3),
				    KIND(2, EVENT_SIGNAL, SIGCHLD), CALL(2, __NR_close, 0, 6)};

	assert_equal(DIGEST(plain), DIGEST(later));
	assert_differ(DIGEST(plain), DIGEST(other_signal));
	assert_equal(DIGEST(plain), DIGEST(twice));
	assert_differ(DIGEST(queued), DIGEST(queued_twice));
	assert_differ(DIGEST(plain), DIGEST(restarted));
	restarted[1].flags = EVENT_RESTART;
	assert_equal(DIGEST(plain), DIGEST(restarted));
}

/* Every number that means something, changed by itself. */
static void everything_else_counts(void **state)
{
	struct event open[] = {CALL(2, __NR_openat, 3, (uint64_t)-100)};
	struct digest before;

	open[0].args[2] = 0x80000;
	open[0].text[EVENT_TEXT_PATH] = (struct event_bytes){"/a", 2};
	before = DIGEST(open);
	open[0].args[1] = 0; /* a pointer: whether it is NULL */
	struct digest null = DIGEST(open);
	open[0].args[1] = 0x1234;
	assert_differ(null, DIGEST(open));
	struct digest pointer = DIGEST(open);
	open[0].args[1] = 0x5678;
	assert_equal(pointer, DIGEST(open));
	open[0].args[2]++;
	assert_differ(pointer, DIGEST(open));
	open[0].args[2]--;
	open[0].ret = -ENOENT;
	assert_differ(pointer, DIGEST(open));
	open[0].ret = 3;
	open[0].text[EVENT_TEXT_PATH] = (struct event_bytes){"/b", 2};
	assert_differ(pointer, DIGEST(open));
	open[0].text[EVENT_TEXT_PATH] = (struct event_bytes){"/a", 2};
	open[0].text[EVENT_TEXT_CLAIM] = (struct event_bytes){"../a", 4}; /* better known */
	open[0].text[EVENT_TEXT_INODE] = (struct event_bytes){"0123456789abcdef", 16};
	open[0].gas_after = open[0].ts_ns = open[0].seq = 5;
	memcpy(open[0].comm, "name", 5);
	assert_equal(pointer, DIGEST(open));
	open[0].nr++;
	assert_differ(pointer, DIGEST(open));
	assert_equal(before, null);
}

static void a_thread_may_execute(void **state)
{
	/* Thread 3 of process 2 executes: it goes on as 2. */
	struct event one[] = {FORK(2, 3), CALL(3, __NR_close, 0, 5), KIND(2, EVENT_EXEC, 3),
			      CALL(2, __NR_close, 0, 6)};
	struct event other[] = {FORK(12, 15), CALL(15, __NR_close, 0, 5), KIND(12, EVENT_EXEC, 15),
				CALL(12, __NR_close, 0, 6)};
	struct event by_first[] = {FORK(2, 3), CALL(3, __NR_close, 0, 5), KIND(2, EVENT_EXEC, 2),
				   CALL(2, __NR_close, 0, 6)};

	one[0].args[1] = by_first[0].args[1] = 2;
	other[0].args[1] = 12;
	assert_equal(DIGEST(one), DIGEST(other));
	assert_differ(DIGEST(one), DIGEST(by_first));
}

static void what_follows_an_address_does_not_count(void **state)
{
	struct event net[] = {KIND(2, EVENT_NET, EVENT_NET_CONNECT)};
	struct event_bytes *address = &net[0].text[EVENT_TEXT_SOCKADDR];
	struct digest path, inet;

	*address = (struct event_bytes){"\1\0/run/x\0left", 13};
	path = DIGEST(net);
	*address = (struct event_bytes){"\1\0/run/x\0over", 13};
	assert_equal(path, DIGEST(net));
	*address = (struct event_bytes){"\1\0/run/y\0over", 13};
	assert_differ(path, DIGEST(net));
	*address = (struct event_bytes){"\2\0\0\120\177\0\0\1abcdefgh", 16};
	inet = DIGEST(net);
	*address = (struct event_bytes){"\2\0\0\120\177\0\0\1hgfedcba", 16};
	assert_equal(inet, DIGEST(net));
	*address = (struct event_bytes){"\2\0\0\120\177\0\0\2abcdefgh", 16};
	assert_differ(inet, DIGEST(net));
}

static void a_gap_is_nobodys(void **state)
{
	const struct event plain[] = {CALL(2, __NR_close, 0, 5), CALL(2, __NR_close, 0, 6)};
	const struct event gap[] = {CALL(2, __NR_close, 0, 5), KIND(0, EVENT_GAP, 3),
				    CALL(2, __NR_close, 0, 6)};
	const struct event larger[] = {CALL(2, __NR_close, 0, 5), KIND(0, EVENT_GAP, 4),
				       CALL(2, __NR_close, 0, 6)};

	assert_differ(DIGEST(plain), DIGEST(gap));
	assert_differ(DIGEST(larger), DIGEST(gap));
}

static void too_many_threads_have_no_digest(void **state)
{
	struct trace_canonical *canonical = NULL;
	struct event fork = FORK(1, 0), end = KIND(0, EVENT_EXIT, 0);
	uint8_t digest[TRACE_HASH_BYTES];

	assert_int_equal(trace_canonical_new(&canonical), 0);
	for (uint32_t i = 2; i < TRACE_THREADS_MAX + 10; i++) {
		fork.args[0] = fork.args[1] = end.pid = end.tid = i;
		assert_int_equal(trace_canonical_event(canonical, &fork, NULL), 0);
		assert_int_equal(trace_canonical_event(canonical, &end, NULL), 0);
	}
	assert_false(trace_canonical_finish(canonical, digest));
	(void)trace_canonical_free(canonical);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scheduling_does_not_count),
		cmocka_unit_test(waiting_and_signals_have_no_place),
		cmocka_unit_test(everything_else_counts),
		cmocka_unit_test(a_thread_may_execute),
		cmocka_unit_test(what_follows_an_address_does_not_count),
		cmocka_unit_test(a_gap_is_nobodys),
		cmocka_unit_test(too_many_threads_have_no_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
