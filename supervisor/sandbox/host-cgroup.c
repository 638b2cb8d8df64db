/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the cgroup trees.
 *
 * The problem: a controller sits either on the one v2 tree or on a v1 hierarchy, alone or mounted
 * together with others ("cpu,cpuacct"), at a mount point that nothing fixes. In a container the
 * mount shows a part of the tree only, and a tree may be mounted several times, read-only here and
 * writable there, or be covered by a later mount.
 *
 * The design: /proc/self/cgroup says which trees exist and where this process stands in each. Every
 * line of /proc/self/mountinfo that is a cgroup mount is a candidate for the trees it shows; the
 * best one is kept: first those through which the own group can be seen, then writable ones, then
 * those that show the tree from its top.
 *
 * Invariants:
 *  - mount + self is a directory: the part of the tree above the mount's root is cut from self. A
 *    group that is deleted or lies outside of every mount has self "".
 *  - A v1 hierarchy that is not mounted is absent: nothing could be done with it.
 *  - Text is parsed in place as (pointer, length); paths are copied into bounded buffers or refused,
 *    never cut. Fields are separated by exactly one space: an empty mount source is an empty field.
 *  - A line that is not understood is skipped, for new kernels may add fields and kinds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "lib/base/fault.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "supervisor/sandbox/host-cgroup.h"

/* The group below a delegated one that its processes are moved to. */
#define ASIDE "supervisor"

enum { ASIDE_ROUNDS = 16 };

static const struct {
	const char *v1, *v2; /* NULL: not a controller of that version */
} controllers[CGROUP_CONTROLLER_MAX] = {
	[CGROUP_MEMORY] = {"memory", "memory"}, [CGROUP_PIDS] = {"pids", "pids"},
	[CGROUP_CPU] = {"cpu", "cpu"},		[CGROUP_CPUSET] = {"cpuset", "cpuset"},
	[CGROUP_IO] = {"blkio", "io"},		[CGROUP_CPUACCT] = {"cpuacct", NULL},
};

/* A part of a text, not ended by NUL. */
struct span {
	const char *data;
	size_t size;
};

/* Cuts the text before the next `separator` (or all of it) from `rest`. False at the end. */
static bool span_next(struct span *rest, char separator, struct span *ret_field)
{
	const char *end;

	if (!rest->data)
		return false;
	end = memchr(rest->data, separator, rest->size);
	ret_field->data = rest->data;
	if (!end) {
		ret_field->size = rest->size;
		*rest = (struct span){NULL, 0};
		return true;
	}
	ret_field->size = (size_t)(end - rest->data);
	rest->size -= ret_field->size + 1;
	rest->data = end + 1;
	return true;
}

static bool span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && !memcmp(span.data, text, span.size);
}

/* Whether `word` is one of the words in `list`. */
static bool span_has(struct span list, char separator, const char *word)
{
	struct span field;

	while (span_next(&list, separator, &field))
		if (span_is(field, word))
			return true;
	return false;
}

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' &&
	       digits[2] >= '0' && digits[2] <= '7';
}

/*
 * Copies a path; the kernel writes space, tab, newline, '#' and backslash in mountinfo as \ooo. 0,
 * -EINVAL when it is not absolute, -ENAMETOOLONG.
 */
static int span_to_path(struct span from, bool escaped, char *path)
{
	size_t used = 0;

	for (size_t i = 0; i < from.size; i++) {
		char c = from.data[i];

		if (escaped && c == '\\' && from.size - i > 3 && is_octal(from.data + i + 1)) {
			const char *octal = from.data + i + 1;

			c = (char)((octal[0] - '0') << 6 | (octal[1] - '0') << 3 | (octal[2] - '0'));
			i += 3;
		}
		if (c == '\0' || used + 1 >= CGROUP_PATH_BYTES)
			return c == '\0' ? -EINVAL : -ENAMETOOLONG;
		path[used++] = c;
	}
	path[used] = '\0';
	return path[0] == '/' ? 0 : -EINVAL;
}

/* One tree while the texts are read: the v2 tree or the v1 hierarchy of one controller. */
struct tree {
	bool exists;		     /* /proc/self/cgroup has it */
	char own[CGROUP_PATH_BYTES]; /* own group, from the tree's top; "" when it is deleted */
	int score;		     /* of the mount kept so far; 0: none */
	char mount[CGROUP_PATH_BYTES];
	char self[CGROUP_PATH_BYTES];
};

enum { TREE_V2 = CGROUP_CONTROLLER_MAX, TREE_MAX };

enum {
	SCORE_MOUNTED = 1,
	SCORE_FROM_TOP = 2,
	SCORE_WRITABLE = 4,
	SCORE_SHOWS_SELF = 8,
};

static int too_long(struct fault *fault, int error, const char *where)
{
	return fault_set(fault, error, "cgroup", "%s has a cgroup path of more than %d bytes",
			 where, CGROUP_PATH_BYTES - 1);
}

/* A group that was removed while we are in it reads "/path (deleted)": it has no directory. */
static bool is_deleted(struct span path)
{
	static const char tail[] = " (deleted)";
	const size_t size = sizeof(tail) - 1;

	return path.size > size && !memcmp(path.data + path.size - size, tail, size);
}

static int tree_set_own(struct tree *tree, struct span path, struct fault *fault)
{
	int r;

	tree->exists = true;
	tree->own[0] = '\0';
	if (is_deleted(path))
		return 0;
	r = span_to_path(path, false, tree->own);
	if (r == -EINVAL)
		tree->own[0] = '\0';
	return r == -ENAMETOOLONG ? too_long(fault, r, "/proc/self/cgroup") : 0;
}

/* A line is "ID:CONTROLLERS:PATH"; v2 is "0::PATH". The path may hold colons. */
static int parse_self_line(struct span line, struct tree *trees, struct fault *fault)
{
	struct span id, list;
	int r;

	if (!span_next(&line, ':', &id) || !span_next(&line, ':', &list) || !line.data)
		return 0;
	if (span_is(id, "0") && list.size == 0)
		return tree_set_own(&trees[TREE_V2], line, fault);
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		if (!span_has(list, ',', controllers[i].v1))
			continue;
		r = tree_set_own(&trees[i], line, fault);
		if (r < 0)
			return r;
	}
	return 0;
}

struct mount_line {
	struct span root, point, options, type, super;
};

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER-OPTIONS" */
static bool parse_mount_line(struct span line, struct mount_line *ret)
{
	struct span skip;

	for (int i = 0; i < 3; i++)
		if (!span_next(&line, ' ', &skip))
			return false;
	if (!span_next(&line, ' ', &ret->root) || !span_next(&line, ' ', &ret->point) ||
	    !span_next(&line, ' ', &ret->options))
		return false;
	do {
		if (!span_next(&line, ' ', &skip))
			return false;
	} while (!span_is(skip, "-"));
	return span_next(&line, ' ', &ret->type) && span_next(&line, ' ', &skip) &&
	       span_next(&line, ' ', &ret->super);
}

/* Cuts the mount's root from the own path. False when the mount does not show the group. */
static bool own_below_root(const char *own, const char *root, char *ret_self)
{
	size_t size = strcmp(root, "/") ? strlen(root) : 0;

	/* Groups above a cgroup namespace's root read "/..": no mount of that namespace shows them. */
	if (own[0] == '\0' || !strncmp(own, "/../", 4) || !strcmp(own, "/.."))
		return false;
	if (strncmp(own, root, size) || (own[size] != '/' && own[size] != '\0'))
		return false;
	(void)snprintf(ret_self, CGROUP_PATH_BYTES, "%s", own[size] ? own + size : "/");
	return true;
}

/* Keeps the mount for the tree if it is better than the one kept so far. */
static void tree_offer(struct tree *tree, const struct mount_line *line, const char *root,
		       const char *point)
{
	char self[CGROUP_PATH_BYTES] = "";
	int score = SCORE_MOUNTED;

	if (!tree->exists)
		return;
	if (own_below_root(tree->own, root, self))
		score |= SCORE_SHOWS_SELF;
	if (span_has(line->options, ',', "rw") && span_has(line->super, ',', "rw"))
		score |= SCORE_WRITABLE;
	if (!strcmp(root, "/"))
		score |= SCORE_FROM_TOP;
	if (score <= tree->score)
		return;
	tree->score = score;
	(void)snprintf(tree->mount, sizeof(tree->mount), "%s", point);
	(void)snprintf(tree->self, sizeof(tree->self), "%s", self);
}

static int offer_mount(const struct mount_line *line, bool (*usable)(const char *, int),
		       struct tree *trees, struct fault *fault)
{
	char root[CGROUP_PATH_BYTES], point[CGROUP_PATH_BYTES];
	int version = span_is(line->type, "cgroup2") ? 2 : span_is(line->type, "cgroup") ? 1 : 0;
	int r;

	if (version == 0)
		return 0;
	r = span_to_path(line->root, true, root);
	if (r == 0)
		r = span_to_path(line->point, true, point);
	if (r < 0)
		return r == -EINVAL ? 0 : too_long(fault, r, "/proc/self/mountinfo");
	if (usable && !usable(point, version))
		return 0;
	if (version == 2)
		tree_offer(&trees[TREE_V2], line, root, point);
	for (size_t i = 0; version == 1 && i < CGROUP_CONTROLLER_MAX; i++)
		if (span_has(line->super, ',', controllers[i].v1))
			tree_offer(&trees[i], line, root, point);
	return 0;
}

static void controller_fill(struct cgroup_controller *controller, int version, const char *name,
			    const char *mount, const char *self)
{
	controller->name = name;
	controller->version = version;
	controller->available = version == 1;
	(void)snprintf(controller->mount, sizeof(controller->mount), "%s", mount);
	(void)snprintf(controller->self, sizeof(controller->self), "%s", self);
}

static void host_fill(struct cgroup_host *host, const struct tree *trees)
{
	const struct tree *v2 = &trees[TREE_V2];

	*host = (struct cgroup_host){.has_v2 = v2->score > 0};
	(void)snprintf(host->v2_mount, sizeof(host->v2_mount), "%s", v2->mount);
	(void)snprintf(host->v2_self, sizeof(host->v2_self), "%s", v2->self);
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		const char *name = controllers[i].v2 ? controllers[i].v2 : controllers[i].v1;

		if (trees[i].score == 0) {
			controller_fill(&host->controller[i], 0, name, "", "");
			continue;
		}
		controller_fill(&host->controller[i], 1, controllers[i].v1, trees[i].mount,
				trees[i].self);
		if (host->has_v2 && i != CGROUP_CPUACCT)
			host->hybrid = true;
	}
}

int cgroup_host_parse(const char *mountinfo, const char *self_cgroup,
		      bool (*usable)(const char *mount, int version), struct cgroup_host *ret_host,
		      struct fault *fault)
{
	_cleanup_free_ struct tree *trees = new0(struct tree, TREE_MAX);
	struct span rest = {self_cgroup, strlen(self_cgroup)};
	struct mount_line mount;
	struct span line;
	int r;

	if (!trees)
		return fault_set(fault, -ENOMEM, "cgroup", "cannot read where cgroups are");
	while (span_next(&rest, '\n', &line)) {
		r = parse_self_line(line, trees, fault);
		if (r < 0)
			return r;
	}
	rest = (struct span){mountinfo, strlen(mountinfo)};
	while (span_next(&rest, '\n', &line)) {
		if (!parse_mount_line(line, &mount))
			continue;
		r = offer_mount(&mount, usable, trees, fault);
		if (r < 0)
			return r;
	}
	host_fill(ret_host, trees);
	return 0;
}

void cgroup_host_parse_controllers(struct cgroup_host *host, const char *top, const char *own)
{
	const struct span at_top = {top, strcspn(top, "\n")};
	const struct span at_own = {own, strcspn(own, "\n")};

	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		const char *name = controllers[i].v2;

		if (!host->has_v2 || !name || !span_has(at_top, ' ', name))
			continue;
		controller_fill(&host->controller[i], 2, name, host->v2_mount, host->v2_self);
		host->controller[i].available = span_has(at_own, ' ', name);
	}
}

const char *cgroup_host_mode(const struct cgroup_host *host)
{
	if (host->has_v2)
		return host->hybrid ? "hybrid" : "v2";
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (host->controller[i].version)
			return "v1";
	return "none";
}

static bool is_marked(const char *group)
{
	char value[2];

	return getxattr(group, "trusted.delegate", value, sizeof(value)) == 1 && value[0] == '1';
}

bool cgroup_host_delegated(const struct cgroup_host *host, char *ret_group, size_t size)
{
	char *last;
	int n = snprintf(ret_group, size, "%s%s", host->v2_mount, host->v2_self);

	if (host->has_v2 && host->v2_self[0] != '\0' && strcmp(host->v2_self, "/") != 0 && n > 0 &&
	    (size_t)n < size) {
		if (is_marked(ret_group))
			return true;
		last = strrchr(ret_group, '/');
		if (last != NULL && !strcmp(last, "/" ASIDE)) {
			*last = '\0';
			if (is_marked(ret_group))
				return true;
		}
	}
	ret_group[0] = '\0';
	return false;
}

int cgroup_move_aside(int group_fd)
{
	char pids[65536];
	char *save = NULL;
	ssize_t n;

	if (mkdirat(group_fd, ASIDE, 0755) < 0 && errno != EEXIST)
		return -errno;
	/* Again until none is left: a shell above us may fork meanwhile. */
	for (int i = 0; i < ASIDE_ROUNDS; i++) {
		n = file_read(group_fd, "cgroup.procs", pids, sizeof(pids));
		if (n <= 0)
			return (int)n;
		for (char *pid = strtok_r(pids, "\n", &save); pid;
		     pid = strtok_r(NULL, "\n", &save)) {
			int r = file_write(group_fd, ASIDE "/cgroup.procs", pid);

			if (r < 0 && r != -ESRCH)
				return r;
		}
	}
	return -EBUSY;
}

/* Whether the mount point shows a cgroup tree, and not something that was mounted over it. */
static bool shows_cgroups(const char *mount, int version)
{
	struct statfs fs;

	if (statfs(mount, &fs) < 0)
		return false;
	return fs.f_type == (version == 2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

/* cgroup.controllers of a group; unreadable is the same as empty. */
static void read_controllers(const char *mount, const char *group, char *text, size_t size)
{
	char path[2 * CGROUP_PATH_BYTES + 32];

	(void)snprintf(path, sizeof(path), "%s%s/cgroup.controllers", mount, group);
	if (file_read(AT_FDCWD, path, text, size) < 0)
		text[0] = '\0';
}

int cgroup_host_read(struct cgroup_host *ret_host, struct fault *fault)
{
	_cleanup_free_ char *mounts = NULL, *own = NULL;
	char top_text[256], own_text[256]; /* all of the kernel's controllers make about 80 bytes */
	size_t size;
	int r;

	r = file_read_whole(AT_FDCWD, "/proc/self/mountinfo", CGROUP_MOUNTINFO_BYTES_MAX, &mounts,
			    &size);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read /proc/self/mountinfo");
	r = file_read_whole(AT_FDCWD, "/proc/self/cgroup", CGROUP_MOUNTINFO_BYTES_MAX, &own, &size);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read /proc/self/cgroup");
	r = cgroup_host_parse(mounts, own, shows_cgroups, ret_host, fault);
	if (r < 0 || !ret_host->has_v2)
		return r;
	read_controllers(ret_host->v2_mount, "", top_text, sizeof(top_text));
	read_controllers(ret_host->v2_mount, ret_host->v2_self, own_text, sizeof(own_text));
	cgroup_host_parse_controllers(ret_host, top_text, own_text);
	return 0;
}
