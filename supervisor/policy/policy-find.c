/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy names others (`extends: compiled`, `seccomp: strict`), and an administrator may
 * put a file of the same name in front of the packaged one.
 *
 * Design: three places in a fixed order: the directory of the policy when a path was asked for (a
 * directory of policies is then complete in itself), the administrator's directory, the packaged
 * directory. The order does not depend on which file of a chain names the other, so an
 * administrator's `compiled` is the base of the packaged `cpp` too. Names are words of a small
 * alphabet, so no name leads out of a directory. Files are compared by device and inode, so that a
 * chain that comes back to where it was is seen whatever its paths are called; a file that extends
 * its own name gets the next file of that name.
 */

#include "supervisor/policy/policy-find.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-reads.h"

#define LAYER "policy"

bool policy_name_ok(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length > 0 && length <= POLICY_NAME_BYTES_MAX && name[length] == '\0' &&
	       name[0] >= 'a' && name[0] <= 'z';
}

int policy_file_id(const char *path, struct policy_file_id *ret_id)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	*ret_id = (struct policy_file_id){.device = st.st_dev, .inode = st.st_ino};
	return 0;
}

static int find_in(const char *directory, const char *below, const char *name,
		   const struct policy_file_id *except, char **ret_path,
		   struct policy_file_id *ret_id)
{
	_cleanup_free_ char *path = NULL;
	struct policy_file_id id;

	if (!directory)
		return -ENOENT;
	if (asprintf(&path, "%s%s/%s.yaml", directory, below, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	policy_reads_path(path);
	if (policy_file_id(path, &id) < 0 || (except && policy_file_same(&id, except)))
		return -ENOENT;
	*ret_path = TAKE_PTR(path);
	*ret_id = id;
	return 0;
}

int policy_find(const struct policy_search *search, const char *name,
		const struct policy_file_id *except, char **ret_path, struct policy_file_id *ret_id)
{
	const char *places[] = {
		search->beside,
		search->dirs ? search->dirs->admin : NULL,
		search->dirs ? search->dirs->vendor : NULL,
	};

	if (!policy_name_ok(name))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int r = find_in(places[i], search->below, name, except, ret_path, ret_id);

		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

/* Adds the names of a directory's files. A directory that does not exist has none. */
static int list_directory(const char *directory, const char *below, char ***names,
			  struct fault *fault)
{
	_cleanup_free_ char *path = NULL;
	DIR *stream;
	int r = 0;

	if (!directory)
		return 0;
	if (asprintf(&path, "%s%s", directory, below) < 0) {
		path = NULL;
		return fault_set(fault, -ENOMEM, LAYER, "cannot list %s", directory);
	}
	policy_reads_directory(path);
	stream = opendir(path);
	if (!stream)
		return 0;
	for (struct dirent *entry = readdir(stream); r == 0 && entry; entry = readdir(stream)) {
		_cleanup_free_ char *stem = policy_stem_of(entry->d_name);
		size_t length = stem ? strlen(stem) : 0;

		if (!stem)
			r = -ENOMEM;
		else if (entry->d_name[length] == '.' && policy_name_ok(stem) &&
			 !strv_contains(*names, stem))
			r = strv_append(names, stem);
	}
	(void)closedir(stream);
	return r < 0 ? fault_set(fault, r, LAYER, "cannot list %s", path) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int policy_find_all(const struct policy_search *search, char ***ret_names, struct fault *fault)
{
	_cleanup_strv_ char **names = NULL;
	int r = list_directory(search->dirs->admin, search->below, &names, fault);

	if (r == 0)
		r = list_directory(search->dirs->vendor, search->below, &names, fault);
	if (r < 0)
		return r;
	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare_names);
	*ret_names = TAKE_PTR(names);
	return 0;
}

bool policy_is_path(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || (length > 5 && strcmp(text + length - 5, ".yaml") == 0);
}

char *policy_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

char *policy_stem_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name);

	if (length > 5 && strcmp(name + length - 5, ".yaml") == 0)
		length -= 5;
	return strndup(name, length);
}
