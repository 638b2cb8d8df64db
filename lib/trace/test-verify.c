/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is changed in a trace is found: a bit, the end, the order of its frames. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "lib/base/test-scale.h"
#include "lib/trace/test-made.h"

static void a_whole_trace_is_valid(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(1, 1, 40, node_key, &summary);
	_cleanup_close_ int unsealed = make(1, 1, 40, NULL, &(struct trace_summary){0});
	struct fault fault = {0};
	struct trace_check check;

	assert_int_equal(verify_fd(fd, &check, &fault), TRACE_VALID);
	assert_int_equal(check.events, summary.events);
	assert_int_equal(check.bytes, summary.bytes);
	assert_string_equal(check.digest, summary.digest);
	assert_string_equal(check.canonical_digest, summary.canonical_digest);
	assert_string_equal(check.key, summary.key);
	assert_int_equal(verify_fd(unsealed, &check, &fault), TRACE_UNSEALED);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_verify(fd, NULL, &check, &fault), 0);
	assert_int_equal(check.validity, TRACE_UNTRUSTED);
}

static void every_flipped_bit_is_found(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(1, 1, 2, node_key, &summary);
	size_t size;
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size);
	size_t step = time_scale() | 1; /* odd: where it is more than one, all bits have a turn */

	print_message("# %zu bits, one in %zu\n", size * 8, step);
	for (size_t bit = 0; bit < size * 8; bit += step) {
		struct fault fault = {0};

		data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		if (verify_bytes(data, size, &fault) == TRACE_VALID || fault.text[0] == '\0')
			fail_msg("bit %zu can be flipped unseen: %s", bit, fault.text);
		data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
	assert_int_equal(verify_bytes(data, size, NULL), TRACE_VALID);
}

/* Reads to the end; how many events there were, and that they end without an error. */
static uint64_t count_events(const uint8_t *data, size_t size, enum trace_state *ret_state,
			     uint64_t *ret_offset)
{
	_cleanup_close_ int fd = memfd_create("cut", MFD_CLOEXEC);
	_cleanup_trace_reader_ struct trace_reader *reader = NULL;
	struct trace_item item;
	uint64_t n = 0;
	int r;

	assert_int_equal(fd_write_all(fd, data, size), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	r = trace_reader_new(fd, &reader, NULL);
	*ret_state = TRACE_CUT;
	*ret_offset = 0;
	if (r == -ENODATA)
		return 0;
	assert_int_equal(r, 0);
	while ((r = trace_reader_next(reader, &item, NULL)) == 1)
		n += item.kind == TRACE_ITEM_EVENT;
	assert_int_equal(r, 0);
	*ret_state = trace_reader_state(reader);
	*ret_offset = trace_reader_offset(reader);
	return n;
}

static void every_cut_leaves_a_prefix(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(1, 1, 40, node_key, &summary);
	size_t size;
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size);
	uint64_t events = 0, offset;

	for (size_t cut = 0; cut < size; cut += time_scale()) {
		struct fault fault = {0};
		enum trace_state how;
		uint64_t n = count_events(data, cut, &how, &offset);
		enum trace_validity validity = verify_bytes(data, cut, &fault);

		assert_true(n >= events);
		assert_true(offset <= cut);
		assert_int_not_equal(how, TRACE_SEALED);
		assert_true(validity == TRACE_INCOMPLETE || validity == TRACE_UNSEALED);
		if (validity == TRACE_UNSEALED)
			assert_int_equal(cut, size - TRACE_HEADER_BYTES - TRACE_SEAL_BYTES);
		assert_true(fault.text[0] != '\0');
		events = n;
	}
	assert_int_equal(events, summary.events);
}

/* Puts frames of `data` and, where `from` says so, of `other` together. The result must be refused. */
static void refuse_order(const uint8_t *data, const size_t *offsets, const int *order, size_t n,
			 const uint8_t *other, const size_t *other_offsets)
{
	_cleanup_free_ uint8_t *changed = malloc(1 << 22);
	struct fault fault = {0};
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *from = order[i] >= 100 ? other : data;
		const size_t *at = (order[i] >= 100 ? other_offsets : offsets) + order[i] % 100;

		memcpy(changed + size, from + at[0], at[1] - at[0]);
		size += at[1] - at[0];
	}
	assert_int_equal(verify_bytes(changed, size, &fault), TRACE_INVALID);
	assert_non_null(strstr(fault.text, "byte"));
}

static void frames_in_another_order_are_found(void **state)
{
	_cleanup_close_ int fd = make(1, 1, 1000, node_key, &(struct trace_summary){0});
	_cleanup_close_ int other_fd = make(1, 2, 1000, node_key, &(struct trace_summary){0});
	size_t size, other_size, at[64], other_at[64];
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size), *other = bytes_of(other_fd, &other_size);
	size_t n = frames_of(data, size, at);
	int order[64];

	assert_true(frames_of(other, other_size, other_at) == n && n > 7);
	for (size_t i = 1; i + 1 < n; i++) {
		for (size_t j = 0; j < n; j++)
			order[j] = (int)j;
		order[i] = (int)i + 1; /* swapped with the next */
		order[i + 1] = (int)i;
		refuse_order(data, at, order, n, other, other_at);
		order[i + 1] = (int)i + 1; /* the next twice, this one missing */
		refuse_order(data, at, order, n, other, other_at);
		order[i] = (int)i + 100; /* that of the other trace */
		refuse_order(data, at, order, n, other, other_at);
		for (size_t j = i; j < n; j++) /* one missing */
			order[j] = (int)j + 1;
		refuse_order(data, at, order, n - 1, other, other_at);
		for (size_t j = 0; j <= n; j++) /* one twice */
			order[j] = (int)(j > i ? j - 1 : j);
		refuse_order(data, at, order, n + 1, other, other_at);
	}
	for (size_t j = 0; j < n; j++) /* the head of one, the tail of the other */
		order[j] = (int)(j < n / 2 ? j : j + 100);
	refuse_order(data, at, order, n, other, other_at);
	for (size_t j = 0; j < 2 * n; j++) /* one after the other */
		order[j] = (int)(j < n ? j : j - n);
	refuse_order(data, at, order, 2 * n, other, other_at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_trace_is_valid),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(every_cut_leaves_a_prefix),
		cmocka_unit_test(frames_in_another_order_are_found),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
