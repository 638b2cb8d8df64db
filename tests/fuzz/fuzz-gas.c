/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gas schedules. What is refused has a place and a sentence on one clean line; what is accepted has a class for every number and
 * prices that no single call can overflow 64 bits with, is the same schedule when it is read again, and says something to people
 * about each row.
 */

#include <errno.h>
#include <stdio.h>

#include "supervisor/policy/gas-schedule.h"
#include "tests/fuzz/fuzz.h"

/* "FILE:LINE:COLUMN: sentence". */
static void check_fault(int r, const struct fault *fault)
{
	unsigned int line = 0, column = 0;
	const char *colon = strchr(fault->text, ':');

	REQUIRE(r == -EINVAL);
	REQUIRE(fault->error == r);
	REQUIRE(fuzz_clean_line(fault->text));
	REQUIRE(colon && sscanf(colon, ":%u:%u: ", &line, &column) == 2);
	REQUIRE(line > 0 && column > 0);
}

static void check_classes(const struct gas_schedule *schedule, const struct gas_notes *notes)
{
	REQUIRE(schedule->n_classes > 0 && schedule->n_classes <= GAS_CLASSES_MAX);
	REQUIRE(schedule->class_unknown < schedule->n_classes);
	for (size_t nr = 0; nr < GAS_CALLS_MAX; nr++)
		REQUIRE(schedule->class_of[nr] < schedule->n_classes);
	for (size_t i = 0; i < schedule->n_classes; i++) {
		REQUIRE(schedule->classes[i].price <= GAS_PRICE_MAX);
		REQUIRE(schedule->classes[i].name[0] != '\0');
		REQUIRE(notes->reasons[i] && notes->reasons[i][0] != '\0');
	}
}

/* The dearest call of all: every byte that a call may move, every page that there is. */
static void check_overflow(const struct gas_schedule *schedule)
{
	const uint64_t bytes = UINT64_C(0x7ffff000), pages = UINT64_C(1) << 52;

	REQUIRE(schedule->bytes_unit > 0 && schedule->bytes_price <= GAS_PRICE_MAX);
	REQUIRE(bytes / schedule->bytes_unit * schedule->bytes_price < INT64_MAX / 2);
	REQUIRE(pages * schedule->page_price < INT64_MAX / 2);
	REQUIRE(schedule->fork_price <= GAS_PRICE_MAX && schedule->exec_price <= GAS_PRICE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_gas_notes_ struct gas_notes notes = {.file = NULL};
	struct gas_schedule schedule, again;
	struct fault fault = {.error = 0};
	int r = gas_schedule_parse("fuzz.yaml", data, size, &schedule, &notes, &fault);

	if (r < 0) {
		check_fault(r, &fault);
		return 0;
	}
	check_classes(&schedule, &notes);
	check_overflow(&schedule);
	REQUIRE(strcmp(schedule.id, "fuzz") == 0 && schedule.version > 0);
	REQUIRE(strlen(schedule.hash) == 64);
	REQUIRE(gas_schedule_parse("fuzz.yaml", data, size, &again, NULL, NULL) == 0);
	REQUIRE(strcmp(schedule.hash, again.hash) == 0 && schedule.version == again.version);
	REQUIRE(memcmp(schedule.class_of, again.class_of, sizeof(schedule.class_of)) == 0);
	return 0;
}
