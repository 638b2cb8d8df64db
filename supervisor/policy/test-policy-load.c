/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The loader from outside: what the packaged policies come to, what the rules of inheritance are,
 * and what is said of each bad file in tests/fixtures/policies/bad, whose second line is the message that
 * is expected.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/strv.h"
#include "supervisor/policy/policy-load.h"

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

static struct policy *load(const struct policy_dirs *dirs, const char *name)
{
	struct policy *policy = NULL;
	struct fault fault = {.error = 0};

	if (policy_load(dirs, name, &policy, &fault) < 0)
		fail_msg("%s", fault.text);
	return policy;
}

/* --- directories made for one test --- */

struct scratch {
	char admin[64], vendor[64];
	struct policy_dirs dirs;
};

/* The packaged gas schedules, as those of a directory of policies. */
static void link_schedules(const char *directory)
{
	_cleanup_free_ char *target = realpath(below_source("policies/gas"), NULL);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/gas", directory);
	assert_non_null(target);
	assert_int_equal(symlink(target, path), 0);
}

static void put(const char *directory, const char *name, const char *text)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s.yaml", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	(void)close(fd);
}

#define NEEDED \
	"allow: [read, write, close, execve, exit, exit_group, rt_sigreturn, restart_syscall]\n"
#define LIMITS                                                                                  \
	"  limits: {cpu: 1s, wall: 2s, extra: 0s, memory: 64M, pids: 1, output: 1M, disk: 1M, " \
	"inodes: 16, files: 16}\n"

static int scratch_make(void **state)
{
	struct scratch *scratch = new0(struct scratch, 1);
	char path[128];

	(void)snprintf(scratch->admin, sizeof(scratch->admin), "/tmp/assay-admin-XXXXXX");
	(void)snprintf(scratch->vendor, sizeof(scratch->vendor), "/tmp/assay-vendor-XXXXXX");
	if (!mkdtemp(scratch->admin) || !mkdtemp(scratch->vendor))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/seccomp", scratch->vendor);
	if (mkdir(path, 0755) < 0)
		return -1;
	link_schedules(scratch->vendor);
	put(path, "p", "version: 1\nname: p\nsummary: s\nunlisted: kill\n" NEEDED);
	put(scratch->vendor, "base",
	    "version: 1\nname: base\nabstract: true\nsummary: s\ngas: assay-1\n"
	    "run:\n  env: [A=1, B=2]\n  mounts: [{source: /usr/lib}]\n  seccomp: p\n" LIMITS);
	put(scratch->vendor, "x",
	    "version: 1\nname: x\nextends: base\nsummary: vendor's\nextensions: [.x]\n"
	    "run: {argv: [/usr/bin/true, one]}\n");
	scratch->dirs = (struct policy_dirs){.admin = scratch->admin, .vendor = scratch->vendor};
	*state = scratch;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

static int scratch_remove(void **state)
{
	struct scratch *scratch = *state;
	int r = nftw(scratch->admin, remove_entry, 8, FTW_DEPTH | FTW_PHYS) |
		nftw(scratch->vendor, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(scratch);
	return r;
}

/* --- packaged policies --- */

static void every_packaged_policy_loads(void **state)
{
	static const char *const wanted[] = {"c",      "cpp",	 "go",	 "java", "javascript",
					     "native", "python", "rust", "shell"};
	const struct policy_dirs dirs = packaged();
	_cleanup_strv_ char **names = NULL;

	(void)state;
	assert_int_equal(policy_list(&dirs, &names, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_true(strv_contains(names, wanted[i]));
	assert_false(strv_contains(names, "base"));
	for (char **name = names; *name; name++) {
		_cleanup_policy_ struct policy *policy = load(&dirs, *name);

		assert_string_equal(policy->name, *name);
		assert_int_equal(strlen(policy->hash), 64);
		assert_non_null(policy->gas);
		assert_string_equal(policy->gas->id, "assay-1");
		assert_non_null(policy->run.argv);
		assert_true(policy->run.filter.n_instructions > 0);
		assert_true(policy->run.filter.notifies);
		assert_int_equal(policy->compile.argv != NULL,
				 policy->compile.filter.n_instructions > 0);
	}
}

static void names_are_sorted(void **state)
{
	const struct policy_dirs dirs = packaged();
	_cleanup_strv_ char **names = NULL;

	(void)state;
	assert_int_equal(policy_list(&dirs, &names, NULL), 0);
	for (size_t i = 1; names[i]; i++)
		assert_true(strcmp(names[i - 1], names[i]) < 0);
}

static void every_packaged_file_checks(void **state)
{
	static const char *const directories[] = {"policies", "policies/seccomp", "policies/gas"};
	const struct policy_dirs dirs = packaged();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const char *directory = below_source(directories[i]);
		DIR *stream = opendir(directory);

		assert_non_null(stream);
		for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
			struct fault fault = {.error = 0};
			char path[4400];

			if (!strstr(entry->d_name, ".yaml"))
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
			if (policy_check_file(&dirs, path, &fault) < 0)
				fail_msg("%s", fault.text);
		}
		(void)closedir(stream);
	}
}

static void files_choose_policies(void **state)
{
	static const struct {
		const char *file, *policy;
	} rows[] = {
		{"a.c", "c"},	       {"main.cpp", "cpp"},	{"x.tar.py", "python"},
		{"Main.java", "java"}, {"m.mjs", "javascript"}, {"CAPS.C", "cpp"},
		{"a.out", "native"},
	};
	const struct policy_dirs dirs = packaged();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_policy_ struct policy *policy = NULL;

		assert_int_equal(policy_load_for_file(&dirs, rows[i].file, &policy, NULL), 0);
		assert_string_equal(policy->name, rows[i].policy);
	}
}

static void unknown_files_are_told_what_there_is(void **state)
{
	static const char *const names[] = {"README", ".c", "x.unknown", "x.PY"};
	const struct policy_dirs dirs = packaged();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct policy *policy = NULL;
		struct fault fault = {.error = 0};

		assert_int_equal(policy_load_for_file(&dirs, names[i], &policy, &fault), -ENOENT);
		assert_non_null(strstr(fault.text, names[i]));
		assert_non_null(strstr(fault.text, ".cpp"));
	}
}

static void unknown_names_are_errors(void **state)
{
	static const char *const names[] = {"", "nothing", "../policies/c", "C", "base", "seccomp"};
	const struct policy_dirs dirs = packaged();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct policy *policy = NULL;
		struct fault fault = {.error = 0};

		assert_true(policy_load(&dirs, names[i], &policy, &fault) < 0);
		assert_null(policy);
		assert_true(fault.text[0] != '\0');
	}
}

/* --- bad files --- */

/* The text after "# expected: " in the second line; "..." at its end stands for whatever follows. */
static char *expected_of(const char *path)
{
	static const char mark[] = "# expected: ";
	char *data = NULL, *line, *text;
	size_t size;

	assert_int_equal(file_read_whole(AT_FDCWD, path, 1 << 20, &data, &size), 0);
	line = strstr(data, mark);
	assert_non_null(line);
	text = strndup(line + strlen(mark), strcspn(line + strlen(mark), "\n"));
	free(data);
	return text;
}

static bool says(const char *text, const char *want)
{
	size_t length = strlen(want);

	if (length > 3 && strcmp(want + length - 3, "...") == 0)
		return strncmp(text, want, length - 3) == 0;
	return strncmp(text, want, FAULT_TEXT_BYTES - 1) == 0;
}

static size_t check_bad_directory(const char *directory)
{
	const struct policy_dirs dirs = packaged();
	DIR *stream = opendir(directory);
	size_t n = 0, n_wrong = 0;

	assert_non_null(stream);
	for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
		_cleanup_free_ char *expected = NULL;
		char path[4400], want[5000];
		struct fault fault = {.error = 0};

		if (!strstr(entry->d_name, ".yaml"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		expected = expected_of(path);
		(void)snprintf(want, sizeof(want), "%s/%s", directory, expected);
		n++;
		if (policy_check_file(&dirs, path, &fault) == -EINVAL && says(fault.text, want))
			continue;
		print_error("%s:\n  said     %s\n  expected %s\n", path, fault.text, want);
		n_wrong++;
	}
	(void)closedir(stream);
	assert_int_equal(n_wrong, 0);
	return n;
}

static void bad_policies_say_where_and_what(void **state)
{
	(void)state;
	assert_true(check_bad_directory(below_source("tests/fixtures/policies/bad")) > 60);
}

static void bad_profiles_say_where_and_what(void **state)
{
	(void)state;
	assert_true(check_bad_directory(below_source("tests/fixtures/policies/bad/seccomp")) > 25);
}

static void bad_schedules_say_where_and_what(void **state)
{
	(void)state;
	assert_true(check_bad_directory(below_source("tests/fixtures/policies/bad/gas")) > 45);
}

/* Files that are no text, so that no comment could say what is expected. */
static void bytes_that_are_no_policy(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		const char *expected;
	} rows[] = {
		{"", 0, "t.yaml:1:1: empty file"},
		{"\n\n", 2, "t.yaml:1:1: empty file"},
		{"\xff\xfe"
		 "a\0",
		 4, "t.yaml:1:1: bytes that are no UTF-8"},
		{"a: 1\nb: \xc0\xaf\n", 11, "t.yaml:2:4: bytes that are no UTF-8"},
		{"a: \0b", 5, "t.yaml:1:4: bytes that are no UTF-8"},
		{"\xed\xa0\x80", 3, "t.yaml:1:1: bytes that are no UTF-8"},
		{"a: \x01", 4, "t.yaml:1:4: not YAML"},
		{"%YAML 3.0\n---\na: 1\n", 19, "t.yaml:1:1: not YAML"},
	};
	const struct policy_dirs dirs = packaged();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fault fault = {.error = 0};

		assert_int_equal(policy_check_text(&dirs, "t.yaml", rows[i].data, rows[i].size,
						   &fault),
				 -EINVAL);
		if (strncmp(fault.text, rows[i].expected, strlen(rows[i].expected)) != 0)
			fail_msg("row %zu: %s", i, fault.text);
	}
}

static void long_files_are_refused(void **state)
{
	const struct policy_dirs dirs = packaged();
	size_t size = (256 << 10) + 1;
	_cleanup_free_ char *data = malloc(size);
	struct fault fault = {.error = 0};

	(void)state;
	memset(data, '#', size);
	assert_int_equal(policy_check_text(&dirs, "t.yaml", data, size, &fault), -EINVAL);
	assert_string_equal(fault.text, "t.yaml:1:1: file too long; expected at most 256 KiB");
	for (size_t i = 0; i < size; i++)
		data[i] = "- a\n"[i % 4];
	assert_int_equal(policy_check_text(&dirs, "t.yaml", data, 40000, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "too many values"));
}

static void missing_files_are_errors(void **state)
{
	const struct policy_dirs dirs = packaged();
	struct fault fault = {.error = 0};

	(void)state;
	assert_int_equal(policy_check_file(&dirs, "/nonexistent/x.yaml", &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "/nonexistent/x.yaml"));
}

/* --- inheritance --- */

static void a_child_is_laid_over_its_base(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL;

	put(scratch->vendor, "y",
	    "version: 1\nname: y\nextends: x\nsummary: child\n"
	    "run:\n  argv: [/usr/bin/false]\n  env: [B=3, C=4]\n"
	    "  mounts: [{source: /opt/b, target: /usr/lib/b}, {source: /opt/a, target: /usr/lib}]\n"
	    "  limits: {memory: 32M, gas: 5}\n");
	policy = load(&scratch->dirs, "y");
	assert_string_equal(policy->summary, "child");
	assert_null(policy->extensions);
	assert_int_equal(strv_length(policy->run.argv), 1);
	assert_string_equal(policy->run.argv[0], "/usr/bin/false");
	assert_int_equal(strv_length(policy->run.env), 3);
	assert_string_equal(policy->run.env[0], "A=1");
	assert_string_equal(policy->run.env[1], "B=3");
	assert_string_equal(policy->run.env[2], "C=4");
	assert_int_equal(policy->run.n_mounts, 2);
	assert_string_equal(policy->run.mounts[0].source, "/opt/a");
	assert_string_equal(policy->run.mounts[0].target, "/usr/lib");
	assert_string_equal(policy->run.mounts[1].target, "/usr/lib/b");
	assert_int_equal(limits_get(&policy->run.limits, LIMIT_MEMORY), 32 << 20);
	assert_int_equal(limits_get(&policy->run.limits, LIMIT_GAS), 5);
	assert_int_equal(limits_get(&policy->run.limits, LIMIT_DISK), 1 << 20);
	assert_int_equal(limits_get(&policy->run.limits, LIMIT_STACK), LIMIT_NONE);
	assert_null(policy->compile.argv);
	assert_int_equal(policy->compile.limits.set, 0);
	assert_int_equal(policy->time_multiplier_permille, 1000);
}

static void an_administrator_refines_by_the_same_name(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL, *by_file = NULL;

	put(scratch->admin, "x", "version: 1\nname: x\nextends: x\nrun: {limits: {memory: 16M}}\n");
	policy = load(&scratch->dirs, "x");
	assert_string_equal(policy->summary, "vendor's");
	assert_string_equal(policy->run.argv[1], "one");
	assert_int_equal(limits_get(&policy->run.limits, LIMIT_MEMORY), 16 << 20);
	assert_int_equal(policy_load_for_file(&scratch->dirs, "a.x", &by_file, NULL), 0);
	assert_string_equal(by_file->hash, policy->hash);
}

static void an_administrators_base_counts_for_packaged_policies(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL;

	put(scratch->admin, "base",
	    "version: 1\nname: base\nextends: base\nabstract: true\nsummary: s\n"
	    "run: {env: [SITE=1]}\n");
	policy = load(&scratch->dirs, "x");
	assert_true(strv_contains(policy->run.env, "SITE=1"));
	assert_true(strv_contains(policy->run.env, "A=1"));
}

/* What a base denies stays denied, and which file said it first does not count. */
static void denials_add_up(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL, *flat = NULL, *plain = NULL;

	put(scratch->admin, "base",
	    "version: 1\nname: base\nextends: base\nabstract: true\nsummary: s\n"
	    "run: {deny: {exec: [/usr/lib/b], connect: [unix]}}\n");
	put(scratch->admin, "x",
	    "version: 1\nname: x\nextends: x\nsummary: s\n"
	    "run: {deny: {exec: [/usr/lib/b, /usr/lib/a], open: [/usr/lib/c], connect: [other]}}\n");
	policy = load(&scratch->dirs, "x");
	assert_int_equal(strv_length(policy->run.deny.exec), 2);
	assert_string_equal(policy->run.deny.open[0], "/usr/lib/c");
	assert_int_equal(policy->run.deny.connect, POLICY_PEER_UNIX | POLICY_PEER_OTHER);
	assert_true(policy_phase_denies(&policy->run));
	put(scratch->admin, "base",
	    "version: 1\nname: base\nextends: base\nabstract: true\nsummary: s\n"
	    "run: {deny: {exec: [/usr/lib/a], open: [/usr/lib/c], connect: [other, unix]}}\n");
	put(scratch->admin, "x",
	    "version: 1\nname: x\nextends: x\nsummary: s\nrun: {deny: {exec: [/usr/lib/b]}}\n");
	flat = load(&scratch->dirs, "x");
	assert_string_equal(flat->hash, policy->hash);
	put(scratch->admin, "base",
	    "version: 1\nname: base\nextends: base\nabstract: true\n"
	    "summary: s\n");
	plain = load(&scratch->dirs, "x");
	assert_string_not_equal(plain->hash, policy->hash);
}

static void a_path_brings_its_own_directory(void **state)
{
	const struct scratch *scratch = *state;
	const struct policy_dirs none = {.vendor = "/nonexistent"};
	_cleanup_policy_ struct policy *policy = NULL;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/x.yaml", scratch->vendor);
	policy = load(&none, path);
	assert_string_equal(policy->file, path);
}

static void two_policies_for_one_extension_are_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct policy *policy = NULL;
	struct fault fault = {.error = 0};

	put(scratch->admin, "z", "version: 1\nname: z\nextends: x\nsummary: s\nextensions: [.x]\n");
	assert_int_equal(policy_load_for_file(&scratch->dirs, "a.x", &policy, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "x and z"));
}

static void the_longest_extension_wins(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL;

	put(scratch->vendor, "w",
	    "version: 1\nname: w\nextends: x\nsummary: s\nextensions: [.tar.x]\n");
	assert_int_equal(policy_load_for_file(&scratch->dirs, "a.tar.x", &policy, NULL), 0);
	assert_string_equal(policy->name, "w");
}

static void a_broken_policy_is_listed_and_stands_in_no_ones_way(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_strv_ char **names = NULL;
	struct fault fault = {.error = 0};

	put(scratch->admin, "broken", "version: [\n");
	assert_int_equal(policy_list(&scratch->dirs, &names, NULL), 0);
	assert_true(strv_contains(names, "broken"));
	assert_int_equal(policy_load_for_file(&scratch->dirs, "a.x", &policy, NULL), 0);
	policy = policy_free(policy);
	assert_int_equal(policy_load_for_file(&scratch->dirs, "a.nothing", &policy, &fault),
			 -EINVAL);
	assert_non_null(strstr(fault.text, "broken.yaml:2:1"));
}

static void chains_have_an_end(void **state)
{
	const struct scratch *scratch = *state;
	struct policy *policy = NULL;
	struct fault fault = {.error = 0};

	for (unsigned int i = 0; i < 12; i++) {
		char name[8], text[128], base[8];

		(void)snprintf(name, sizeof(name), "n%u", i);
		(void)snprintf(base, sizeof(base), "n%u", i + 1);
		(void)snprintf(text, sizeof(text), "version: 1\nname: %s\nextends: %s\nsummary: s\n",
			       name, i == 11 ? "x" : base);
		put(scratch->vendor, name, text);
	}
	assert_int_equal(policy_load(&scratch->dirs, "n0", &policy, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "n8.yaml:3:10: chain of 'extends' too long"));
	assert_int_equal(policy_load(&scratch->dirs, "n6", &policy, NULL), 0);
	(void)policy_free(policy);
}

/* --- the hash --- */

static const char pinned_hash[] = "a61a730984f88ab4e3a8acb530519fdb6610968c3631b0cfbe1d0e6cf3a24c4a";

static void the_hash_is_pinned(void **state)
{
	const struct policy_dirs dirs = packaged();
	_cleanup_policy_ struct policy *policy =
		load(&dirs, below_source("tests/fixtures/policies/good/pinned.yaml"));

	(void)state;
	assert_string_equal(policy->hash, pinned_hash);
	assert_int_equal(policy->time_multiplier_permille, 1500);
	assert_int_equal(policy->run.network, POLICY_NETWORK_LOOPBACK);
	assert_true(policy->run.ple_kills);
#ifdef __x86_64__
	assert_string_equal(policy->compile.mounts[0].source, "/opt/amd64/lib");
#endif
}

/* Each change of a line of x changes the hash, or does not. */
static void the_hash_is_of_what_is_in_force(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		{"summary: other words\n", true},
		{"# a comment\nsummary: vendor's\nextensions: [.q]\n", true},
		{"summary: s\nneeds: [{program: /usr/bin/true, package: coreutils}]\n", true},
		{"summary: s\nrun: {env: [B=2, A=1]}\n", true},
		{"summary: s\nrun: {limits: {cpu: 1000ms}}\n", true},
		{"summary: s\nrun: {limits: {cpu: 1001ms}}\n", false},
		{"summary: s\nrun: {argv: [/usr/bin/true, One]}\n", false},
		{"summary: s\nrun: {argv: [/usr/bin/true, one, two]}\n", false},
		{"summary: s\nrun: {env: [C=1]}\n", false},
		{"summary: s\nrun: {mounts: [{source: /opt}]}\n", false},
		{"summary: s\nrun: {mounts: [{source: /usr/lib, optional: true}]}\n", false},
		{"summary: s\nrun: {network: loopback}\n", false},
		{"summary: s\nrun: {process-limit: kill}\n", false},
		{"summary: s\nsource-name: a\n", false},
		{"summary: s\nsource-executable: true\n", false},
		{"summary: s\ntime-multiplier: 2\n", false},
		{"summary: s\nrun: {seccomp: q}\n", false},
	};
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *before = load(&scratch->dirs, "x");
	char directory[128];

	(void)snprintf(directory, sizeof(directory), "%s/seccomp", scratch->vendor);
	put(directory, "q", "version: 1\nname: q\nsummary: s\nextends: p\nallow: [lseek]\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_policy_ struct policy *after = NULL;
		char text[512];

		(void)snprintf(text, sizeof(text), "version: 1\nname: x\nextends: x\n%s",
			       rows[i].text);
		put(scratch->admin, "x", text);
		after = load(&scratch->dirs, "x");
		if ((strcmp(before->hash, after->hash) == 0) != rows[i].same)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

/* A schedule of the administrator's with the text of `path` and another id. */
static void put_schedule(const struct scratch *scratch, const char *path, const char *id)
{
	_cleanup_free_ char *data = NULL, *text = NULL;
	char directory[128];
	char *rest;
	size_t size;

	(void)snprintf(directory, sizeof(directory), "%s/gas", scratch->admin);
	assert_true(mkdir(directory, 0755) == 0 || errno == EEXIST);
	assert_int_equal(file_read_whole(AT_FDCWD, path, 1 << 20, &data, &size), 0);
	rest = strstr(data, "\nversion:");
	assert_non_null(rest);
	assert_true(asprintf(&text, "id: %s%s", id, rest) > 0);
	put(directory, id, text);
}

/* What is charged counts, not what the schedule is called. */
static void the_hash_has_the_schedules(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *before = load(&scratch->dirs, "x"), *copy = NULL,
				       *other = NULL;

	put_schedule(scratch, below_source("policies/gas/assay-1.yaml"), "copy");
	put_schedule(scratch, below_source("tests/fixtures/policies/good/gas/pinned.yaml"), "other");
	put(scratch->admin, "x", "version: 1\nname: x\nextends: x\ngas: copy\n");
	copy = load(&scratch->dirs, "x");
	assert_string_equal(copy->gas->id, "copy");
	assert_string_equal(copy->hash, before->hash);
	put(scratch->admin, "x", "version: 1\nname: x\nextends: x\ngas: other\n");
	other = load(&scratch->dirs, "x");
	assert_int_equal(other->gas->fork_price, 30);
	assert_string_not_equal(other->hash, before->hash);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		TEST(every_packaged_policy_loads),
		TEST(names_are_sorted),
		TEST(every_packaged_file_checks),
		TEST(files_choose_policies),
		TEST(unknown_files_are_told_what_there_is),
		TEST(unknown_names_are_errors),
		TEST(bad_policies_say_where_and_what),
		TEST(bad_profiles_say_where_and_what),
		TEST(bad_schedules_say_where_and_what),
		TEST(bytes_that_are_no_policy),
		TEST(long_files_are_refused),
		TEST(missing_files_are_errors),
		SCRATCH_TEST(a_child_is_laid_over_its_base),
		SCRATCH_TEST(an_administrator_refines_by_the_same_name),
		SCRATCH_TEST(an_administrators_base_counts_for_packaged_policies),
		SCRATCH_TEST(denials_add_up),
		SCRATCH_TEST(a_path_brings_its_own_directory),
		SCRATCH_TEST(two_policies_for_one_extension_are_an_error),
		SCRATCH_TEST(the_longest_extension_wins),
		SCRATCH_TEST(a_broken_policy_is_listed_and_stands_in_no_ones_way),
		SCRATCH_TEST(chains_have_an_end),
		TEST(the_hash_is_pinned),
		SCRATCH_TEST(the_hash_is_of_what_is_in_force),
		SCRATCH_TEST(the_hash_has_the_schedules),
	};

	return cmocka_run_group_tests_name("policy-load", tests, NULL, NULL);
}
