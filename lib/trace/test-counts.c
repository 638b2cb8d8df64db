/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and counts that do not agree with the events are found: loss is never silent. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/trace/test-made.h"

static void refuse_counts(const struct event *events, size_t n, const char *what)
{
	_cleanup_close_ int fd = memfd_create("counts", MFD_CLOEXEC);
	struct trace_writer *writer = begin(fd);
	struct fault fault = {0};
	struct trace_check check;
	uint32_t step;

	assert_int_equal(trace_writer_step_begin(writer, "case", &step), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(trace_writer_event(writer, step, &events[i]), 0);
	(void)finish(writer, node_key);
	assert_int_equal(verify_fd(fd, &check, &fault), what ? TRACE_INVALID : TRACE_VALID);
	if (what)
		assert_non_null(strstr(fault.text, what));
}

#define CALL(number)                                                                \
	{                                                                           \
		.kind = EVENT_SYSCALL, .nr = 1, .seq = (number), .tid = 3, .pid = 3 \
	}
#define GAP(number, missing)                                                                \
	{                                                                                   \
		.kind = EVENT_GAP, .nr = -1, .seq = (number), .tid = 3, .args = { missing } \
	}
#define END(number, received, lost)                                               \
	{                                                                         \
		.kind = EVENT_END, .nr = -1, .seq = (number), .tid = 3, .args = { \
			number,                                                   \
			received,                                                 \
			lost                                                      \
		}                                                                 \
	}

#define SAMPLE(number)                                                                        \
	{                                                                                     \
		.kind = EVENT_SAMPLE, .nr = -1, .seq = (number), .args = { 1 << 20, 1000, 1 } \
	}

static void samples_have_no_number(void **state)
{
	const struct event between[] = {CALL(0), SAMPLE(1), SAMPLE(1),
					CALL(1), SAMPLE(2), END(2, 2, 0)};
	const struct event first[] = {SAMPLE(0), CALL(0), END(1, 1, 0)};
	const struct event gaps[] = {CALL(0),	SAMPLE(1), GAP(1, 5),
				     SAMPLE(6), CALL(6),   END(7, 2, 5)};
	const struct event numbered[] = {CALL(0), SAMPLE(1), CALL(2), END(3, 2, 0)};
	const struct event behind[] = {CALL(0), SAMPLE(0), CALL(1), END(2, 2, 0)};
	const struct event counted[] = {CALL(0), SAMPLE(1), END(1, 2, 0)};
	const struct event late[] = {CALL(0), END(1, 1, 0), SAMPLE(1)};

	refuse_counts(between, ARRAY_SIZE(between), NULL);
	refuse_counts(first, ARRAY_SIZE(first), NULL);
	refuse_counts(gaps, ARRAY_SIZE(gaps), NULL);
	refuse_counts(numbered, ARRAY_SIZE(numbered), "sequence numbers");
	refuse_counts(behind, ARRAY_SIZE(behind), "sequence numbers");
	refuse_counts(counted, ARRAY_SIZE(counted), "counts other events");
	refuse_counts(late, ARRAY_SIZE(late), "after its end");
}

static void loss_is_never_silent(void **state)
{
	const struct event whole[] = {CALL(0), CALL(1), END(2, 2, 0)};
	const struct event gap[] = {CALL(0), GAP(1, 5), CALL(6), END(7, 2, 5)};
	const struct event hole[] = {CALL(0), CALL(2), END(3, 2, 1)};
	const struct event twice[] = {CALL(0), CALL(0), END(1, 2, 0)};
	const struct event more[] = {CALL(0), CALL(1), END(2, 3, 0)};
	const struct event unsaid[] = {CALL(0), GAP(1, 5), CALL(6), END(7, 2, 4)};
	const struct event no_end[] = {CALL(0)};

	refuse_counts(whole, ARRAY_SIZE(whole), NULL);
	refuse_counts(gap, ARRAY_SIZE(gap), NULL);
	refuse_counts(hole, ARRAY_SIZE(hole), "sequence numbers");
	refuse_counts(twice, ARRAY_SIZE(twice), "sequence numbers");
	refuse_counts(more, ARRAY_SIZE(more), "counts other events");
	refuse_counts(unsaid, ARRAY_SIZE(unsaid), "counts other events");
	refuse_counts(no_end, ARRAY_SIZE(no_end), "no end event");
}

static void a_step_of_counters_has_no_events(void **state)
{
	refuse_counts(NULL, 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loss_is_never_silent),
		cmocka_unit_test(samples_have_no_number),
		cmocka_unit_test(a_step_of_counters_has_no_events),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
