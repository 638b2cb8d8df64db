/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock, the inner wall of the file system: read and execute what the mount tree shows, write only in the scratch. The
 * mount tree is read-only already; this holds when somebody finds a way to mount.
 *
 * Only rights that the kernel's ABI knows may be asked for, so they are listed by the ABI that brought
 * them. Source: the kernel's Documentation/userspace-api/landlock.rst.
 */

#include <fcntl.h>
#include <linux/landlock.h>

#include "agent/call.h"
#include "agent/sandbox.h"

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* ABI 1, in force on every kernel that has Landlock. */
static const uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

/* What the program may do in the scratch: everything but device nodes. */
static const uint64_t never = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;

static int rule_add(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights};
	long r = CALL(openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);

	if (r < 0)
		return (int)r;
	rule.parent_fd = (int)r;
	r = CALL(landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule);
	(void)CALL(close, rule.parent_fd);
	return (int)r;
}

int landlock_restrict(const char *writable, uint64_t abi)
{
	/* The device files are the template's own five; writing to them is harmless and expected. */
	struct landlock_ruleset_attr attr = {.handled_access_fs = write_rights};
	uint64_t device_rights = LANDLOCK_ACCESS_FS_WRITE_FILE;
	int ruleset, r;

	if (abi >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3) {
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
		device_rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	}
	ruleset = (int)CALL(landlock_create_ruleset, &attr, sizeof(attr));
	if (ruleset < 0)
		return ruleset;
	r = rule_add(ruleset, writable, attr.handled_access_fs & ~never);
	if (r == 0)
		r = rule_add(ruleset, "/dev", device_rights);
	if (r == 0)
		r = (int)CALL(landlock_restrict_self, ruleset);
	(void)CALL(close, ruleset);
	return r;
}
