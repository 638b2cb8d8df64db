/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a mount is where a sandbox ends. One path too short (/etc for /etc/java-17-openjdk)
 * shows a submission what it must not see, and one on top of /proc or /work would undo what the
 * sandbox has set up.
 *
 * Design: two tables. Sources that are refused, alone or with all below them; targets that are the
 * sandbox's own. Paths are compared as written: an administrator's own symlinks are the
 * administrator's business, but `..` is refused, so a path says what it is.
 */

#include "supervisor/policy/policy-paths.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/mem.h"

struct refused {
	const char *path;
	bool and_below;
	const char *why;
};

static const struct refused refused_sources[] = {
	{"/etc", false, "it has the host's secrets; expected a directory below it"},
	{"/home", false, "it has people's files; expected a directory below it"},
	{"/var", false, "it has the host's state; expected a directory below it"},
	{"/var/lib", false, "it has the host's state; expected a directory below it"},
	{"/root", true, "it is the administrator's; expected another directory"},
	{"/boot", true, "it is the host's; expected another directory"},
	{"/dev", true, "devices stay out; expected another directory"},
	{"/proc", true, "the sandbox has its own; expected another directory"},
	{"/run", true, "it has the sockets of services; expected another directory"},
	{"/sys", true, "it shows the host; expected another directory"},
};

static const struct refused refused_targets[] = {
	{"/dev", true, "it is the sandbox's own; expected another target"},
	{"/etc", false, "it is the sandbox's own; expected a path below it"},
	{"/etc/group", true, "the sandbox writes it; expected another target"},
	{"/etc/hosts", true, "the sandbox writes it; expected another target"},
	{"/etc/nsswitch.conf", true, "the sandbox writes it; expected another target"},
	{"/etc/passwd", true, "the sandbox writes it; expected another target"},
	{"/proc", true, "it is the sandbox's own; expected another target"},
	{"/tmp", true, "it is the sandbox's own; expected another target"},
	{"/work", true, "it is the submission's; expected another target"},
};

bool policy_path_ok(const char *path)
{
	const char *at = path;

	if (path[0] != '/')
		return false;
	while (*at) {
		size_t length;

		at++; /* the slash */
		length = strcspn(at, "/");
		if (length == 0 || (length == 1 && at[0] == '.') ||
		    (length == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		for (size_t i = 0; i < length; i++)
			if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
				return false;
		at += length;
	}
	return true;
}

static bool is_refused(const struct refused *row, const char *path)
{
	size_t length = strlen(row->path);

	if (strncmp(path, row->path, length) != 0)
		return false;
	return path[length] == '\0' || (row->and_below && path[length] == '/');
}

static bool check(const char *path, const struct refused *rows, size_t n, char *error,
		  size_t error_size)
{
	if (!policy_path_ok(path)) {
		(void)snprintf(error, error_size,
			       "'%.80s'; expected an absolute path without '..', '.' or '//'", path);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_refused(&rows[i], path)) {
			(void)snprintf(error, error_size, "'%.80s' cannot be mounted: %s", path,
				       rows[i].why);
			return false;
		}
	}
	return true;
}

bool policy_source_ok(const char *path, char *error, size_t error_size)
{
	return check(path, refused_sources, ARRAY_SIZE(refused_sources), error, error_size);
}

bool policy_target_ok(const char *path, char *error, size_t error_size)
{
	return check(path, refused_targets, ARRAY_SIZE(refused_targets), error, error_size);
}
