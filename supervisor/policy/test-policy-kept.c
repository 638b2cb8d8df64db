/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that are kept: the same as loaded ones, and only as long as everything that they were made of is the same. */

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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/policy/policy-kept.h"
#include "supervisor/policy/policy-pack.h"

static char top[64];
static struct policy_dirs dirs;
static char admin[96], vendor[4096], state[96];

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static int setup(void **unused _unused_)
{
	const char *source = getenv("ASSAY_SOURCE");

	(void)snprintf(top, sizeof(top), "/tmp/assay-test-kept-XXXXXX");
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(admin, sizeof(admin), "%s/admin", top);
	(void)snprintf(state, sizeof(state), "%s/state", top);
	(void)snprintf(vendor, sizeof(vendor), "%s/policies", source != NULL ? source : ".");
	dirs = (struct policy_dirs){.admin = admin, .vendor = vendor};
	return mkdir(admin, 0755);
}

static int entry_remove(const char *path, const struct stat *st _unused_, int kind _unused_,
			struct FTW *walk _unused_)
{
	return remove(path);
}

static int teardown(void **unused _unused_)
{
	return nftw(top, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
	char path[256];
	_cleanup_close_ int fd = -EBADF;

	(void)snprintf(path, sizeof(path), "%s/%s.yaml", admin, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static struct policy *load(const char *name)
{
	struct policy *policy = NULL;
	struct fault fault = {.error = 0};

	if (policy_load_kept(&dirs, name, state, &policy, &fault) < 0)
		fail_msg("%s", fault.text);
	return policy;
}

static char *packed(const struct policy *policy, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	assert_non_null(stream);
	policy_pack(policy, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void check_same(const struct policy *a, const struct policy *b)
{
	_cleanup_free_ char *one = NULL, *two = NULL;
	size_t one_size, two_size;

	one = packed(a, &one_size);
	two = packed(b, &two_size);
	assert_int_equal(one_size, two_size);
	assert_memory_equal(one, two, one_size);
	assert_string_equal(a->hash, b->hash);
}

/* The path of the only file that is kept; -1 byte: there is none. */
static bool kept_path(char *path, size_t size)
{
	char below[128];
	DIR *directory;
	bool found = false;

	(void)snprintf(below, sizeof(below), "%s/policies", state);
	directory = opendir(below);
	for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		assert_false(found);
		found = true;
		(void)snprintf(path, size, "%s/%s", below, entry->d_name);
	}
	if (directory != NULL)
		(void)closedir(directory);
	return found;
}

static ino_t kept_file(void)
{
	char path[512];
	struct stat st;

	if (!kept_path(path, sizeof(path)))
		return 0;
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void every_policy_comes_back_whole(void **unused _unused_)
{
	_cleanup_strv_ char **names = NULL;
	struct fault fault = {.error = 0};

	assert_int_equal(policy_list(&dirs, &names, &fault), 0);
	for (char **name = names; *name != NULL; name++) {
		_cleanup_policy_ struct policy *loaded = NULL, *back = NULL;
		_cleanup_free_ char *text = NULL;
		size_t size;

		assert_int_equal(policy_load(&dirs, *name, &loaded, &fault), 0);
		text = packed(loaded, &size);
		assert_int_equal(policy_unpack(text, size, &back), 0);
		check_same(loaded, back);
		assert_int_equal(back->n_needs, loaded->n_needs);
		assert_int_equal(back->run.filter.n_instructions, loaded->run.filter.n_instructions);
		assert_string_equal(back->run.filter.profile, loaded->run.filter.profile);
		assert_int_equal(back->run.filter.notifies, loaded->run.filter.notifies);
		assert_int_equal(back->run.filter.ipc_closed, loaded->run.filter.ipc_closed);
		assert_int_equal(back->compile.filter.ipc_closed, loaded->compile.filter.ipc_closed);
		assert_string_equal(back->gas->hash, loaded->gas->hash);
	}
}

static void what_was_cut_is_refused(void **unused _unused_)
{
	_cleanup_policy_ struct policy *loaded = NULL, *back = NULL;
	_cleanup_free_ char *text = NULL;
	struct fault fault = {.error = 0};
	size_t size;

	assert_int_equal(policy_load(&dirs, "cpp", &loaded, &fault), 0);
	text = packed(loaded, &size);
	for (size_t n = 0; n < size; n++)
		assert_int_equal(policy_unpack(text, n, &back), -EBADMSG);
	/* Counts that are larger than everything there is. */
	for (size_t at = 0; at + 4 <= size; at += 4) {
		_cleanup_policy_ struct policy *other = NULL;
		char saved[4];

		memcpy(saved, text + at, sizeof(saved));
		memset(text + at, 0x7f, sizeof(saved));
		(void)policy_unpack(text, size, &other);
		memcpy(text + at, saved, sizeof(saved));
	}
}

static void the_second_time_it_is_kept(void **unused _unused_)
{
	_cleanup_policy_ struct policy *first = NULL, *second = NULL;
	ino_t file;

	if (not_root())
		skip();
	assert_int_equal(kept_file(), 0);
	first = load("native");
	file = kept_file();
	assert_int_not_equal(file, 0);
	second = load("native");
	assert_int_equal(kept_file(), file);
	check_same(first, second);
}

static void an_edit_is_seen(void **unused _unused_)
{
	_cleanup_policy_ struct policy *first = NULL, *second = NULL;

	if (not_root())
		skip();
	put("mine", "version: 1\nname: mine\nextends: native\nsummary: one\n");
	first = load("mine");
	assert_string_equal(first->summary, "one");
	/* As long as before, and at once. */
	put("mine", "version: 1\nname: mine\nextends: native\nsummary: two\n");
	second = load("mine");
	assert_string_equal(second->summary, "two");
}

static void a_file_in_front_is_seen(void **unused _unused_)
{
	_cleanup_policy_ struct policy *first = NULL, *second = NULL, *third = NULL;
	char path[256];

	if (not_root())
		skip();
	first = load("native");
	put("native", "version: 1\nname: native\nextends: native\nsummary: in front\n");
	second = load("native");
	assert_string_equal(second->summary, "in front");
	(void)snprintf(path, sizeof(path), "%s/native.yaml", admin);
	assert_int_equal(unlink(path), 0);
	third = load("native");
	check_same(first, third);
}

static void what_is_broken_is_said(void **unused _unused_)
{
	_cleanup_policy_ struct policy *first = NULL, *second = NULL;
	struct fault fault = {.error = 0};

	if (not_root())
		skip();
	put("mine", "version: 1\nname: mine\nextends: native\nsummary: one\n");
	first = load("mine");
	assert_string_equal(first->name, "mine");
	put("mine", "version: 1\nname: mine\nextends: native\nsummary: one\nnonsense: 1\n");
	assert_int_equal(policy_load_kept(&dirs, "mine", state, &second, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "mine.yaml:5:"));
	assert_null(second);
}

static void a_damaged_file_is_replaced(void **unused _unused_)
{
	_cleanup_policy_ struct policy *first = NULL, *second = NULL, *third = NULL;
	char path[512];

	if (not_root())
		skip();
	first = load("native");
	assert_true(kept_path(path, sizeof(path)));
	assert_int_equal(truncate(path, 1000), 0);
	second = load("native");
	check_same(first, second);
	third = load("native");
	check_same(first, third);
}

static struct policy *load_for(const char *file)
{
	struct policy *policy = NULL;
	struct fault fault = {.error = 0};

	if (policy_load_for_file_kept(&dirs, file, state, &policy, &fault) < 0)
		fail_msg("%s", fault.text);
	return policy;
}

/* By the ending; a policy that comes and claims it, too, is seen, though no file that was read has changed. */
static void a_file_chooses(void **unused _unused_)
{
	_cleanup_policy_ struct policy *first = NULL, *second = NULL, *third = NULL, *fourth = NULL;
	struct fault fault = {.error = 0};
	ino_t file;

	if (not_root())
		skip();
	first = load_for("a.py");
	assert_string_equal(first->name, "python");
	file = kept_file();
	assert_int_not_equal(file, 0);
	second = load_for("b.py");
	assert_int_equal(kept_file(), file);
	check_same(first, second);
	put("mine", "version: 1\nname: mine\nextends: python\nsummary: one\nextensions: [.my.py]\n");
	third = load_for("c.my.py");
	assert_string_equal(third->name, "mine");
	put("rival", "version: 1\nname: rival\nextends: python\nsummary: one\nextensions: [.py]\n");
	assert_int_equal(policy_load_for_file_kept(&dirs, "b.py", state, &fourth, &fault), -EINVAL);
	assert_int_equal(policy_load_for_file_kept(&dirs, ".py", state, &fourth, &fault), -ENOENT);
}

static void nothing_is_kept_where_others_write(void **unused _unused_)
{
	_cleanup_policy_ struct policy *policy = NULL;

	if (not_root())
		skip();
	assert_int_equal(mkdir(state, 0700), 0);
	assert_int_equal(chmod(state, 0777), 0);
	policy = load("native");
	assert_string_equal(policy->name, "native");
	assert_int_equal(kept_file(), 0);
}

static void nothing_is_kept_of_a_path(void **unused _unused_)
{
	_cleanup_policy_ struct policy *policy = NULL;
	char path[8192];

	if (not_root())
		skip();
	(void)snprintf(path, sizeof(path), "%s/native.yaml", vendor);
	policy = load(path);
	assert_string_equal(policy->name, "native");
	assert_int_equal(kept_file(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_policy_comes_back_whole),
		TEST(what_was_cut_is_refused),
		TEST(the_second_time_it_is_kept),
		TEST(an_edit_is_seen),
		TEST(a_file_in_front_is_seen),
		TEST(what_is_broken_is_said),
		TEST(a_damaged_file_is_replaced),
		TEST(a_file_chooses),
		TEST(nothing_is_kept_where_others_write),
		TEST(nothing_is_kept_of_a_path),
	};

	return cmocka_run_group_tests_name("policy-kept", tests, NULL, NULL);
}
