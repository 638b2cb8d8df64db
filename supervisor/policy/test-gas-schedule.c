/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Gas schedules from outside: that every call of the kernel's header is priced by each packaged schedule, what the classes that
 * determinism hangs on cost, and what the hash is of. What is said of bad files: test-policy-load.c, which has the walker over
 * tests/fixtures/policies/bad.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/strv.h"
#include "lib/contract/syscall.h"
#include "supervisor/policy/gas-schedule.h"

#define HEADER "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
#define PINNED "tests/fixtures/policies/good/gas/pinned.yaml"

static const char *below_source(const char *path)
{
	static char paths[4][4096];
	static unsigned int next;
	const char *source = getenv("ASSAY_SOURCE");
	char *to = paths[next++ % ARRAY_SIZE(paths)];

	(void)snprintf(to, sizeof(paths[0]), "%s/%s", source ? source : ".", path);
	return to;
}

static struct policy_dirs packaged(void)
{
	return (struct policy_dirs){.vendor = below_source("policies")};
}

static struct gas_schedule load(const char *name)
{
	const struct policy_dirs dirs = packaged();
	struct gas_schedule schedule;
	struct fault fault = {.error = 0};

	if (gas_schedule_load(&dirs, name, &schedule, &fault) < 0)
		fail_msg("%s", fault.text);
	return schedule;
}

static void read_text(const char *path, char **ret_text)
{
	size_t size;

	assert_int_equal(file_read_whole(AT_FDCWD, path, 1 << 20, ret_text, &size), 0);
}

static const struct gas_class *class_of(const struct gas_schedule *schedule, const char *call)
{
	int nr = syscall_number(call);

	assert_true(nr >= 0);
	return &schedule->classes[schedule->class_of[nr]];
}

/* --- packaged schedules --- */

static bool names_word(const char *text, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t length = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if (!strchr(letters, at[-1]) && (!at[length] || !strchr(letters, at[length])))
			return true;
	return false;
}

/* Looks the names up in the text of the file, so that nothing that the reader fills in can hide a call. */
static void check_header(const char *text)
{
	_cleanup_free_ char *header = NULL;
	const char *classes = strstr(text, "\nclasses:");
	unsigned int n = 0;

	read_text(HEADER, &header);
	assert_non_null(classes);
	for (char *line = strtok(header, "\n"); line; line = strtok(NULL, "\n")) {
		char name[64], number[16];
		long nr;

		if (sscanf(line, "#define __NR_%63s %15s", name, number) != 2)
			continue;
		nr = strtol(number, NULL, 10);
		if (!names_word(classes, name))
			fail_msg("%s (%ld) has no class", name, nr);
		assert_in_range(nr, 0, GAS_CALLS_MAX - 1);
		n++;
	}
	assert_true(n > 300);
}

static void every_call_of_the_header_has_a_class(void **state)
{
	const struct policy_dirs dirs = packaged();
	_cleanup_strv_ char **names = NULL;

	(void)state;
	if (access(HEADER, R_OK) < 0)
		skip();
	assert_int_equal(gas_schedule_list(&dirs, &names, NULL), 0);
	assert_true(strv_contains(names, "assay-1"));
	for (char **name = names; *name; name++) {
		struct gas_notes notes;
		struct gas_schedule schedule;
		char *text = NULL;

		assert_int_equal(gas_schedule_load_noted(&dirs, *name, &schedule, &notes, NULL), 0);
		read_text(notes.file, &text);
		check_header(text);
		free(text);
		gas_notes_clear(&notes);
	}
}

static void every_row_has_a_reason(void **state)
{
	const struct policy_dirs dirs = packaged();
	_cleanup_gas_notes_ struct gas_notes notes = {.file = NULL};
	struct gas_schedule schedule;

	(void)state;
	assert_int_equal(gas_schedule_load_noted(&dirs, "assay-1", &schedule, &notes, NULL), 0);
	assert_non_null(notes.summary);
	for (size_t i = 0; i < schedule.n_classes; i++)
		assert_non_null(notes.reasons[i]);
	for (unsigned int i = GAS_ITEM_BYTES; i < GAS_ITEM_MAX; i++)
		assert_non_null(notes.reasons[i]);
	for (size_t nr = 0; nr < ARRAY_SIZE(schedule.class_of); nr++)
		assert_true(schedule.class_of[nr] < schedule.n_classes);
}

static void what_is_not_the_programs_doing_is_free(void **state)
{
	static const char *const calls[] = {"futex",	     "sched_yield",	"nanosleep",
					    "poll",	     "ppoll",		"select",
					    "epoll_wait",    "rt_sigreturn",	"restart_syscall",
					    "pause",	     "wait4",		"getrandom",
					    "clock_gettime", "clock_nanosleep", "rt_sigtimedwait"};
	const struct gas_schedule schedule = load("assay-1");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		assert_int_equal(class_of(&schedule, calls[i])->price, 0);
		assert_int_equal(class_of(&schedule, calls[i])->extra, GAS_EXTRA_NONE);
	}
}

static void what_the_program_does_is_priced(void **state)
{
	const struct gas_schedule schedule = load("assay-1");
	unsigned int n_free = 0;

	(void)state;
	assert_int_equal(class_of(&schedule, "getpid")->price, 1);
	assert_int_equal(class_of(&schedule, "read")->extra, GAS_EXTRA_BYTES);
	assert_int_equal(class_of(&schedule, "sendmsg")->extra, GAS_EXTRA_BYTES);
	assert_int_equal(class_of(&schedule, "mmap")->extra, GAS_EXTRA_PAGES);
	assert_int_equal(class_of(&schedule, "brk")->extra, GAS_EXTRA_PAGES);
	assert_int_equal(class_of(&schedule, "mremap")->extra, GAS_EXTRA_PAGES);
	assert_int_equal(class_of(&schedule, "munmap")->extra, GAS_EXTRA_NONE);
	assert_true(class_of(&schedule, "openat")->price > class_of(&schedule, "fstat")->price);
	assert_true(schedule.fork_price > 0 && schedule.exec_price > 0);
	assert_true(schedule.bytes_price > 0 && schedule.page_price > 0);
	for (int nr = 0; nr < GAS_CALLS_MAX; nr++)
		n_free += schedule.classes[schedule.class_of[nr]].price == 0;
	assert_int_equal(n_free, 33);
}

static void a_number_without_a_name_is_an_unknown_call(void **state)
{
	const struct gas_schedule schedule = load("assay-1");

	(void)state;
	assert_string_equal(schedule.classes[schedule.class_unknown].name, "other");
	assert_null(syscall_name(400));
	assert_int_equal(schedule.class_of[400], schedule.class_unknown);
	assert_int_equal(schedule.class_of[GAS_CALLS_MAX - 1], schedule.class_unknown);
}

/* --- what is asked for --- */

static void a_file_and_a_name_are_one_schedule(void **state)
{
	const struct gas_schedule by_name = load("assay-1");
	const struct gas_schedule by_file = load(below_source("policies/gas/assay-1.yaml"));

	(void)state;
	assert_string_equal(by_name.id, by_file.id);
	assert_string_equal(by_name.hash, by_file.hash);
	assert_memory_equal(by_name.class_of, by_file.class_of, sizeof(by_name.class_of));
}

static void unknown_names_are_errors(void **state)
{
	static const char *const names[] = {"", "nothing", "../gas/assay-1", "Assay-1"};
	const struct policy_dirs dirs = packaged();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct gas_schedule schedule;
		struct fault fault = {.error = 0};

		assert_int_equal(gas_schedule_load(&dirs, names[i], &schedule, &fault), -ENOENT);
		assert_true(fault.text[0] != '\0');
	}
}

static void an_administrators_schedule_comes_first(void **state)
{
	_cleanup_free_ char *text = NULL;
	char top[] = "/tmp/assay-gas-XXXXXX", directory[64], path[96];
	struct policy_dirs dirs = packaged();
	struct gas_schedule schedule;
	struct fault fault = {.error = 0};
	char *id;
	int fd;

	(void)state;
	read_text(below_source(PINNED), &text);
	id = strstr(text, "id: pinned");
	assert_non_null(id);
	assert_non_null(mkdtemp(top));
	(void)snprintf(directory, sizeof(directory), "%s/gas", top);
	(void)snprintf(path, sizeof(path), "%s/assay-1.yaml", directory);
	assert_int_equal(mkdir(directory, 0755), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, "id: assay-1", 11), 0);
	assert_int_equal(fd_write_all(fd, id + 10, strlen(id + 10)), 0);
	(void)close(fd);
	dirs.admin = top;
	if (gas_schedule_load(&dirs, "assay-1", &schedule, &fault) < 0)
		fail_msg("%s", fault.text);
	assert_int_equal(schedule.version, 7);
	(void)unlink(path);
	(void)rmdir(directory);
	(void)rmdir(top);
}

/* --- the hash --- */

/*
 * Of this text, a fact a line: assay-gas 1, bytes 3 512, pages 2, forks 30, execs 40, unknown 1 -, read 4 bytes, write 4 bytes, mmap 5
 * pages, brk 5 pages, futex 0 -, openat 6 -. b2sum -l 256 says the same.
 */
static const char pinned_hash[] = "b97833961769474214c8d3b37ce959b23bf106fd1df6215394af92b43006ca5b";

static void the_hash_is_pinned(void **state)
{
	const struct gas_schedule schedule = load(below_source(PINNED));

	(void)state;
	assert_string_equal(schedule.hash, pinned_hash);
}

/* Results are compared by id and version: what was published under them does not change. Add a row for a new version. */
static void what_was_published_stays(void **state)
{
	static const struct {
		const char *id;
		unsigned int version;
		const char *hash;
	} rows[] = {
		{"assay-1", 1, "82fff79406d923c06d2ba7e3540b641de32c820ca9c81fe966f27f795c0e4e74"},
	};
	const struct policy_dirs dirs = packaged();
	_cleanup_strv_ char **names = NULL;

	(void)state;
	assert_int_equal(gas_schedule_list(&dirs, &names, NULL), 0);
	for (char **name = names; *name; name++) {
		const struct gas_schedule schedule = load(*name);
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			if (strcmp(rows[i].id, *name) != 0 || rows[i].version != schedule.version)
				continue;
			assert_string_equal(schedule.hash, rows[i].hash);
			known = true;
		}
		if (!known)
			fail_msg("%s, version %u, hash %s: add a row", *name, schedule.version,
				 schedule.hash);
	}
}

/* The first `from` of `text` becomes `to`; the caller frees. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *new = NULL;

	assert_non_null(at);
	assert_true(asprintf(&new, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return new;
}

static void the_hash_is_of_what_makes_the_price(void **state)
{
	static const struct {
		const char *from, *to;
		bool same;
	} rows[] = {
		{"version: 7", "version: 8", true},
		{"summary: words", "summary: other words", true},
		{"reason: r", "reason: another", true},
		{"id: pinned", "# a comment\nid: pinned", true},
		{"name: waiting", "name: idle", true},
		/* classes are for people: what counts is what a call costs */
		{"[read, write]", "[write, read]", true},
		{"price: 6, reason: r, calls: [openat]",
		 "price: 6, reason: r, calls: [openat]}\n  - {name: more, price: 1, reason: r, calls: [open]",
		 true},
		{"bytes: {price: 3", "bytes: {price: 4", false},
		{"unit: 512", "unit: 1024", false},
		{"pages: {price: 2", "pages: {price: 3", false},
		{"forks: {price: 30", "forks: {price: 31", false},
		{"execs: {price: 40", "execs: {price: 41", false},
		{"price: 6", "price: 7", false},
		{"price: 4, extra: bytes", "price: 4", false},
		{"    price: 1", "    price: 2", false},
		{"unknown: rest", "unknown: open", false},
		{"price: 0, reason: r, calls: [futex]", "price: 0, reason: r, calls: [futex, open]",
		 false},
	};
	_cleanup_free_ char *text = NULL;

	(void)state;
	read_text(below_source(PINNED), &text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *changed = replaced(text, rows[i].from, rows[i].to);
		struct gas_schedule schedule;
		struct fault fault = {.error = 0};

		if (strstr(rows[i].to, "open]")) {
			/* taken out of the class that had it */
			char *without = replaced(changed, "      open, ", "      ");

			free(changed);
			changed = without;
		}
		if (gas_schedule_parse("pinned.yaml", changed, strlen(changed), &schedule, NULL,
				       &fault) < 0)
			fail_msg("row %zu: %s", i, fault.text);
		if ((strcmp(schedule.hash, pinned_hash) == 0) != rows[i].same)
			fail_msg("row %zu: %s", i, rows[i].to);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
	const struct CMUnitTest tests[] = {
		TEST(every_call_of_the_header_has_a_class),
		TEST(every_row_has_a_reason),
		TEST(what_is_not_the_programs_doing_is_free),
		TEST(what_the_program_does_is_priced),
		TEST(a_number_without_a_name_is_an_unknown_call),
		TEST(a_file_and_a_name_are_one_schedule),
		TEST(unknown_names_are_errors),
		TEST(an_administrators_schedule_comes_first),
		TEST(the_hash_is_pinned),
		TEST(what_was_published_stays),
		TEST(the_hash_is_of_what_makes_the_price),
	};

	return cmocka_run_group_tests_name("gas-schedule", tests, NULL, NULL);
}
