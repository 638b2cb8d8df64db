/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The same executable has to find its agent and its policies in a build directory and after `make install`, wherever
 * PREFIX was moved to. So it looks beside itself first: /proc/self/exe names the executable without asking argv[0]
 * or PATH, which the caller chooses. The environment is not asked either: assay runs as root, and what it starts
 * there must not depend on a variable that a wrapper passed through. What is not found beside the executable is
 * looked for where the build was told that it will be installed.
 */

#include "tools/assay/paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADMIN_POLICY_DIR "/etc/assay/policies"

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Cuts the last component of an absolute path off. */
static bool cut_component(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* Writes the directory above the executable's own. False when it is not known (no /proc, a path too long). */
static bool executable_prefix(char *buffer, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buffer, size);

	if (n <= 0 || (size_t)n >= size)
		return false;
	buffer[n] = '\0';
	return cut_component(buffer) && cut_component(buffer);
}

/* PREFIX/RELATIVE when that is a directory, else `fallback`. */
static const char *beside_executable(const char *relative, const char *fallback, char *buffer,
				     size_t size)
{
	char prefix[PATH_MAX];

	if (!executable_prefix(prefix, sizeof(prefix)))
		return fallback;
	int n = snprintf(buffer, size, "%s/%s", prefix, relative);
	if (n < 0 || (size_t)n >= size || !is_directory(buffer))
		return fallback;
	return buffer;
}

const struct policy_dirs *paths_policy_dirs(void)
{
	static char vendor[PATH_MAX + 32];
	static struct policy_dirs dirs;

	if (!dirs.vendor) {
		dirs.vendor = beside_executable("share/assay/policies", ASSAY_POLICYDIR, vendor,
						sizeof(vendor));
		dirs.admin = is_directory(ADMIN_POLICY_DIR) ? ADMIN_POLICY_DIR : NULL;
	}
	return &dirs;
}

const char *paths_libexec_dir(void)
{
	static char libexec[PATH_MAX + 32];
	static const char *found;

	if (!found)
		found = beside_executable("libexec/assay", ASSAY_LIBEXECDIR, libexec,
					  sizeof(libexec));
	return found;
}
