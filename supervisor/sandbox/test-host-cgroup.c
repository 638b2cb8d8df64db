/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where cgroups are, from the texts of hosts as they are met, and from texts that want to mislead.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/mem.h"
#include "supervisor/sandbox/host-cgroup.h"

/* The struct is large for a stack that sanitizers make larger. */
static struct cgroup_host host;

static int parse(const char *mountinfo, const char *self)
{
	struct fault fault = {0};
	int r = cgroup_host_parse(mountinfo, self, NULL, &host, &fault);

	assert_int_equal(r, fault.error);
	return r;
}

static void assert_controller(enum cgroup_controller_id id, int version, const char *mount,
			      const char *self)
{
	assert_int_equal(host.controller[id].version, version);
	assert_string_equal(host.controller[id].mount, mount);
	assert_string_equal(host.controller[id].self, self);
}

static void pure_v2(void **state _unused_)
{
	static const char mountinfo[] =
		"21 26 0:19 / /sys rw,nosuid shared:6 - sysfs sysfs rw\n"
		"29 21 0:25 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 "
		"cgroup2 rw,nsdelegate,memory_recursiveprot\n"
		"26 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n";

	assert_int_equal(parse(mountinfo, "0::/system.slice/assayd.service\n"), 0);
	cgroup_host_parse_controllers(&host, "cpuset cpu io memory hugetlb pids rdma misc",
				      "memory pids");
	assert_true(host.has_v2);
	assert_false(host.hybrid);
	assert_string_equal(cgroup_host_mode(&host), "v2");
	assert_string_equal(host.v2_mount, "/sys/fs/cgroup");
	assert_string_equal(host.v2_self, "/system.slice/assayd.service");
	assert_controller(CGROUP_MEMORY, 2, "/sys/fs/cgroup", "/system.slice/assayd.service");
	assert_string_equal(host.controller[CGROUP_IO].name, "io");
	assert_true(host.controller[CGROUP_MEMORY].available);
	assert_true(host.controller[CGROUP_PIDS].available);
	assert_int_equal(host.controller[CGROUP_CPU].version, 2);
	assert_false(host.controller[CGROUP_CPU].available);
	assert_controller(CGROUP_CPUACCT, 0, "", "");
}

static const char hybrid_mountinfo[] =
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
	"34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	"38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio\n"
	"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

static void hybrid(void **state _unused_)
{
	static const char self[] = "9:name=systemd:/\n4:memory:/process_api/56845\n3:cpuset:/\n"
				   "2:blkio:/\n1:cpu,cpuacct:/a\n0::/\n";

	assert_int_equal(parse(hybrid_mountinfo, self), 0);
	cgroup_host_parse_controllers(&host, "pids", "pids");
	assert_string_equal(cgroup_host_mode(&host), "hybrid");
	assert_string_equal(host.v2_mount, "/sys/fs/cgroup/unified");
	assert_string_equal(host.v2_self, "/");
	assert_controller(CGROUP_MEMORY, 1, "/sys/fs/cgroup/memory", "/process_api/56845");
	assert_controller(CGROUP_CPU, 1, "/sys/fs/cgroup/cpu,cpuacct", "/a");
	assert_controller(CGROUP_CPUACCT, 1, "/sys/fs/cgroup/cpu,cpuacct", "/a");
	assert_controller(CGROUP_IO, 1, "/sys/fs/cgroup/blkio", "/");
	assert_string_equal(host.controller[CGROUP_IO].name, "blkio");
	assert_controller(CGROUP_PIDS, 2, "/sys/fs/cgroup/unified", "/");
}

/* systemd's "hybrid" without the v2 tree, as old distributions boot. */
static void only_v1(void **state _unused_)
{
	static const char mountinfo[] =
		"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		"36 31 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";

	assert_int_equal(parse(mountinfo, "2:memory:/x\n1:pids:/x\n"), 0);
	assert_string_equal(cgroup_host_mode(&host), "v1");
	assert_false(host.has_v2);
	assert_false(host.hybrid);
	assert_string_equal(host.v2_mount, "");
	assert_controller(CGROUP_MEMORY, 1, "/sys/fs/cgroup/memory", "/x");
	assert_controller(CGROUP_CPU, 0, "", "");
}

static void no_cgroups(void **state _unused_)
{
	assert_int_equal(parse("", ""), 0);
	assert_string_equal(cgroup_host_mode(&host), "none");
	assert_string_equal(host.controller[CGROUP_MEMORY].name, "memory");
}

/* A hierarchy that exists and is mounted nowhere cannot be used. */
static void v1_without_mount(void **state _unused_)
{
	assert_int_equal(parse("41 31 0:38 / /u rw - cgroup2 cgroup2 rw\n", "4:memory:/\n0::/\n"),
			 0);
	assert_controller(CGROUP_MEMORY, 0, "", "");
	assert_string_equal(cgroup_host_mode(&host), "v2");
}

/* The mount of a container shows a part of the tree. */
static void mount_of_a_part(void **state _unused_)
{
	static const char mountinfo[] =
		"50 40 0:32 /docker/c1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
		"51 40 0:38 /docker/c1 /sys/fs/cgroup/unified rw - cgroup2 cgroup rw\n";

	assert_int_equal(parse(mountinfo, "4:memory:/docker/c1/inner\n0::/docker/c1\n"), 0);
	assert_controller(CGROUP_MEMORY, 1, "/sys/fs/cgroup/memory", "/inner");
	assert_string_equal(host.v2_self, "/");

	/* A neighbour whose name begins with ours is not our parent. */
	assert_int_equal(parse(mountinfo, "4:memory:/docker/c12\n0::/other\n"), 0);
	assert_controller(CGROUP_MEMORY, 1, "/sys/fs/cgroup/memory", "");
	assert_string_equal(host.v2_self, "");
}

static void outside_of_the_namespace(void **state _unused_)
{
	static const char mountinfo[] = "51 40 0:38 / /u rw - cgroup2 cgroup rw\n";

	assert_int_equal(parse(mountinfo, "0::/../sibling\n"), 0);
	assert_true(host.has_v2);
	assert_string_equal(host.v2_self, "");
	assert_int_equal(parse(mountinfo, "0::/..\n"), 0);
	assert_string_equal(host.v2_self, "");
	assert_int_equal(parse(mountinfo, "0::/..name\n"), 0);
	assert_string_equal(host.v2_self, "/..name");
}

static void deleted_group(void **state _unused_)
{
	assert_int_equal(parse("51 40 0:38 / /u rw - cgroup2 cgroup rw\n", "0::/gone (deleted)\n"),
			 0);
	assert_true(host.has_v2);
	assert_string_equal(host.v2_self, "");
}

/* Through which a group is seen counts more than writable, and that more than the whole tree. */
static void best_mount_wins(void **state _unused_)
{
	static const char mountinfo[] = "1 0 0:38 / /whole-readonly ro - cgroup2 cgroup rw\n"
					"2 0 0:38 /a /part-writable rw - cgroup2 cgroup rw\n"
					"3 0 0:38 / /whole-writable rw - cgroup2 cgroup rw\n"
					"4 0 0:38 / /later rw - cgroup2 cgroup rw\n"
					"5 0 0:38 /b /elsewhere rw - cgroup2 cgroup rw\n";

	assert_int_equal(parse(mountinfo, "0::/a/b\n"), 0);
	assert_string_equal(host.v2_mount, "/whole-writable");
	assert_string_equal(host.v2_self, "/a/b");
}

static bool not_covered(const char *mount, int version)
{
	assert_int_equal(version, 2);
	return strcmp(mount, "/covered") != 0;
}

static void covered_mount(void **state _unused_)
{
	struct fault fault = {0};
	static const char mountinfo[] = "1 0 0:38 / /covered rw - cgroup2 cgroup rw\n"
					"2 0 0:38 / /seen ro - cgroup2 cgroup ro\n";

	assert_int_equal(cgroup_host_parse(mountinfo, "0::/\n", not_covered, &host, &fault), 0);
	assert_string_equal(host.v2_mount, "/seen");
}

static void escapes(void **state _unused_)
{
	static const char mountinfo[] =
		"1 0 0:38 / /my\\040\\134groups\\011\\012\\043 rw - cgroup2 cgroup rw\n";

	assert_int_equal(parse(mountinfo, "0::/a\\040b:c d\n"), 0);
	assert_string_equal(host.v2_mount, "/my \\groups\t\n#");
	/* /proc/self/cgroup has no escapes, and only the first two colons separate. */
	assert_string_equal(host.v2_self, "/a\\040b:c d");
	assert_int_equal(parse("1 0 0:38 / /a\\04 rw - cgroup2 c rw\n", "0::/\n"), 0);
	assert_string_equal(host.v2_mount, "/a\\04");
	assert_int_equal(parse("1 0 0:38 / /a\\400\\9 rw - cgroup2 c rw\n", "0::/\n"), 0);
	assert_string_equal(host.v2_mount, "/a\\400\\9");
}

/* Sources of mounts are chosen by whoever mounts, and may be empty; tags may be many. */
static void odd_fields(void **state _unused_)
{
	static const char mountinfo[] =
		"1 0 0:50 / /evil rw - fuse.cgroup2 cgroup2 rw,memory\n"
		"2 0 0:51 / /evil2 rw - tmpfs -\\040cgroup2\\040x rw\n"
		"3 0 0:38 / /good rw shared:1 master:2 propagate_from:3 unbindable - cgroup2  rw\n"
		"4 0 0:52 / /evil3 rw - cgroup none rw,name=memory,xmemory,memoryx\n";

	assert_int_equal(parse(mountinfo, "4:memory:/\n3:name=memory:/\n0::/\n"), 0);
	assert_string_equal(host.v2_mount, "/good");
	assert_controller(CGROUP_MEMORY, 0, "", "");
}

static void broken_lines(void **state _unused_)
{
	static const char mountinfo[] =
		"\n \n-\n - - -\n1 2 3\n1 0 0:38 / /x rw - cgroup2\n1 0 0:38 / /x rw cgroup2 c rw\n"
		"          - cgroup2 c rw\n"
		"9 0 0:38 / /good rw - cgroup2 c rw";

	assert_int_equal(parse(mountinfo, "0::/"), 0);
	assert_string_equal(host.v2_mount, "/good");
	assert_int_equal(parse(mountinfo, "\n:\n::\nx\n0:/\n0::relative\n0:::/\n7:memory\n0::/"), 0);
	assert_string_equal(host.v2_mount, "/good");
	assert_string_equal(host.v2_self, "/");
}

static void write_long(char *buffer, size_t size, const char *before, size_t n, const char *after)
{
	int at = snprintf(buffer, size, "%s/", before);

	memset(buffer + at, 'a', n - 1);
	(void)snprintf(buffer + at + n - 1, size - (size_t)at - n + 1, "%s", after);
}

/* The longest path that fits is kept whole; one byte more is an error and never a shorter path. */
static void long_paths(void **state _unused_)
{
	static char text[2 * CGROUP_PATH_BYTES];
	static const char mountinfo[] = "1 0 0:38 / /u rw - cgroup2 c rw\n";
	struct fault fault = {0};

	write_long(text, sizeof(text), "0::", CGROUP_PATH_BYTES - 1, "\n");
	assert_int_equal(parse(mountinfo, text), 0);
	assert_int_equal(strlen(host.v2_self), CGROUP_PATH_BYTES - 1);
	write_long(text, sizeof(text), "0::", CGROUP_PATH_BYTES, "\n");
	assert_int_equal(cgroup_host_parse(mountinfo, text, NULL, &host, &fault), -ENAMETOOLONG);
	assert_non_null(strstr(fault.text, "/proc/self/cgroup"));
	write_long(text, sizeof(text), "1 0 0:38 / ", CGROUP_PATH_BYTES, " rw - cgroup2 c rw\n");
	assert_int_equal(cgroup_host_parse(text, "0::/\n", NULL, &host, &fault), -ENAMETOOLONG);
	assert_non_null(strstr(fault.text, "/proc/self/mountinfo"));
	/* A path of another file system may have any length. */
	write_long(text, sizeof(text), "1 0 0:38 / ", CGROUP_PATH_BYTES, " rw - tmpfs c rw\n");
	assert_int_equal(parse(text, "0::/\n"), 0);
}

static void controller_lists(void **state _unused_)
{
	assert_int_equal(parse("1 0 0:38 / /u rw - cgroup2 c rw\n", "0::/\n"), 0);
	cgroup_host_parse_controllers(&host, "", "");
	assert_controller(CGROUP_MEMORY, 0, "", "");
	cgroup_host_parse_controllers(&host, "xmemory memory_x mem\n", "memory");
	assert_controller(CGROUP_MEMORY, 0, "", "");
	cgroup_host_parse_controllers(&host, "memory\n", "pids\n");
	assert_controller(CGROUP_MEMORY, 2, "/u", "/");
	assert_false(host.controller[CGROUP_MEMORY].available);
	assert_controller(CGROUP_PIDS, 0, "", "");
}

/* This machine: whatever it is, what is said about it must hold together. */
static void real_host(void **state _unused_)
{
	struct fault fault = {0};

	assert_int_equal(cgroup_host_read(&host, &fault), 0);
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		const struct cgroup_controller *controller = &host.controller[i];

		assert_non_null(controller->name);
		assert_int_equal(controller->version != 0, controller->mount[0] == '/');
		assert_true(controller->version != 2 || host.has_v2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pure_v2),
		cmocka_unit_test(hybrid),
		cmocka_unit_test(only_v1),
		cmocka_unit_test(no_cgroups),
		cmocka_unit_test(v1_without_mount),
		cmocka_unit_test(mount_of_a_part),
		cmocka_unit_test(outside_of_the_namespace),
		cmocka_unit_test(deleted_group),
		cmocka_unit_test(best_mount_wins),
		cmocka_unit_test(covered_mount),
		cmocka_unit_test(escapes),
		cmocka_unit_test(odd_fields),
		cmocka_unit_test(broken_lines),
		cmocka_unit_test(long_paths),
		cmocka_unit_test(controller_lists),
		cmocka_unit_test(real_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
