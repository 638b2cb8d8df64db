/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record: start, step, receipt. What is accepted has one form: packed again it is the same facts, and parsed again the same bytes.
 */

#include "lib/trace/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_record record = {0}, again = {0};
	void *packed, *second;
	size_t packed_size, second_size;

	if (trace_record_parse(data, size, &record) < 0)
		return 0;
	REQUIRE(record.n <= TRACE_FIELDS_MAX);
	REQUIRE(trace_record_pack(&record, &packed, &packed_size) == 0);
	REQUIRE(packed_size <= size); /* the shortest form of every number */
	REQUIRE(trace_record_parse(packed, packed_size, &again) == 0 && again.n == record.n);
	REQUIRE(trace_record_pack(&again, &second, &second_size) == 0);
	REQUIRE(second_size == packed_size && memcmp(packed, second, packed_size) == 0);
	free(packed);
	free(second);
	trace_record_clear(&record);
	trace_record_clear(&again);
	return 0;
}
