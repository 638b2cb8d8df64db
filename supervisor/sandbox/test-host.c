/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of layers, attempts that go wrong in every way, probe groups, and what it all means for
 * a policy.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/strv.h"
#include "supervisor/sandbox/host-attempts.h"

static struct host_context context;
static int told_fd; /* of the one who waits for an attempt */

static void table_is_whole(void **state _unused_)
{
	size_t n;
	const struct host_row *rows = host_rows(&n);

	assert_true(n > 40);
	for (size_t i = 0; i < n; i++) {
		const struct host_layer_info *info = &rows[i].info;

		assert_non_null(rows[i].attempt);
		assert_true(strlen(info->name) > 0 && strlen(info->name) <= 22);
		assert_true(strlen(info->purpose) > 0 && strlen(info->purpose) < HOST_DETAIL_BYTES);
		assert_int_equal(info->remedy[strlen(info->remedy) - 1], '.');
		assert_non_null(host_group_name(info->group));
		assert_true(i == 0 || info->group >= rows[i - 1].info.group);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(info->name, rows[j].info.name);
	}
}

static int attempt_ok(const struct host_context *unused _unused_, struct host_note *note)
{
	note->remedy = "A remedy.";
	return note_say(note, 0, "as %s", "said");
}

static int attempt_error(const struct host_context *unused _unused_, struct host_note *note _unused_)
{
	return -ENOSYS;
}

static int attempt_crash(const struct host_context *unused _unused_, struct host_note *note _unused_)
{
	return raise(SIGKILL);
}

static int attempt_sleep(const struct host_context *unused _unused_, struct host_note *note _unused_)
{
	while (getppid() > 0)
		(void)pause();
	return 0;
}

/* A grandchild that ignores everything, whose parent dies. */
static int attempt_orphan(const struct host_context *unused _unused_,
			  struct host_note *note _unused_)
{
	pid_t pid = host_fork();

	if (pid == 0) {
		(void)signal(SIGTERM, SIG_IGN);
		for (;;)
			(void)pause();
	}
	return note_say(note, 0, "%d", (int)pid);
}

static void results_of_children(void **state _unused_)
{
	struct host_note note = {0};

	assert_int_equal(host_try_in_child(attempt_ok, &context, &note), 0);
	assert_string_equal(note.detail, "as said");
	assert_string_equal(note.remedy, "A remedy.");
	note = (struct host_note){0};
	assert_int_equal(host_try_in_child(attempt_error, &context, &note), -ENOSYS);
	assert_string_equal(note.detail, "");
}

static void children_that_fail(void **state _unused_)
{
	struct host_note note = {0};

	assert_int_equal(host_try_in_child(attempt_crash, &context, &note), HOST_TRY_UNKNOWN);
	assert_non_null(strstr(note.detail, "did not end"));
	note = (struct host_note){0};
	assert_int_equal(host_try_in_child(attempt_sleep, &context, &note), HOST_TRY_UNKNOWN);
	assert_non_null(strstr(note.detail, "did not end"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void grandchildren_die(void **state _unused_)
{
	struct host_note note = {0};
	pid_t pid;

	assert_int_equal(host_try_in_child(attempt_orphan, &context, &note), 0);
	pid = (pid_t)strtol(note.detail, NULL, 10);
	assert_true(pid > 1);
	for (int i = 0; i < 200 && kill(pid, 0) == 0; i++) {
		(void)waitpid(pid, NULL, WNOHANG); /* ours, where the runner is no subreaper */
		(void)usleep(5000);
	}
	/* A zombie that is another's to reap still answers kill(pid, 0); nothing runs in it. */
	if (kill(pid, 0) == 0) {
		char path[32], text[512];
		ssize_t n;
		int fd;

		(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		(void)fd_close(fd);
		text[MAX(n, 0)] = '\0';
		assert_true(n <= 0 || strstr(text, ") Z"));
	}
}

static void crashes_that_leave_the_sandbox(void **state _unused_)
{
	static const struct {
		const char *pattern;
		int result;
		const char *detail;
	} cases[] = {
		{"|/usr/lib/handler %p", -EPERM, "crashes start /usr/lib/handler %p"},
		{"|", -EPERM, "crashes start "},
		{"@/run/crash", -EPERM, "crashes are sent to the socket /run/crash"},
		{"@@/run/crash", -EPERM, "crashes are sent to the socket /run/crash"},
		{"core", 0, "crashes start no program on the host and reach none"},
		{"/var/@|", 0, "crashes start no program on the host and reach none"},
		{"", 0, "crashes start no program on the host and reach none"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host_note note = {0};

		assert_int_equal(host_judge_core_pattern(cases[i].pattern, &note), cases[i].result);
		assert_string_equal(note.detail, cases[i].detail);
	}
}

/* Skips on hosts where this user makes no groups. */
static void need_groups(void)
{
	struct fault fault = {0};

	assert_int_equal(cgroup_host_read(&context.cgroup, &fault), 0);
	if (geteuid() != 0 || !context.cgroup.has_v2) {
		print_message("# missing: root and a v2 tree\n");
		skip();
	}
	host_groups_make(&context.cgroup, &context.groups);
	if (context.groups.v2.fd < 0) {
		host_groups_remove(&context.groups);
		print_message("# missing: a v2 tree that is writable\n");
		skip();
	}
}

static void groups_come_and_go(void **state _unused_)
{
	char name[sizeof(context.groups.v2.name)];
	int top;

	need_groups();
	(void)snprintf(name, sizeof(name), "%s", context.groups.v2.name);
	top = open(context.groups.v2.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(faccessat(top, name, F_OK, 0), 0);
	host_groups_remove(&context.groups);
	assert_int_equal(faccessat(top, name, F_OK, 0), -1);
	(void)fd_close(top);
}

/*
 * A group of a living prober stays; one of a dead prober, with its process, goes at the next
 * probing.
 */
static void abandoned_groups_are_removed(void **state _unused_)
{
	char name[sizeof(context.groups.v2.name)];
	int pair[2];
	char byte;
	pid_t pid;

	need_groups();
	assert_int_equal(fd_pipe(&pair[0], &pair[1]), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static struct host_groups groups;

		host_groups_make(&context.cgroup, &groups);
		if (write(pair[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(pair[0], &byte, 1), 1);
	(void)snprintf(name, sizeof(name), "assay-probe-%d-v2", (int)pid);
	assert_int_equal(faccessat(context.groups.v2.parent_fd, name, F_OK, 0), 0);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	host_groups_remove(&context.groups);
	host_groups_make(&context.cgroup, &context.groups);
	assert_int_equal(faccessat(context.groups.v2.parent_fd, name, F_OK, 0), -1);
	host_groups_remove(&context.groups);
	(void)fd_close(pair[0]);
	(void)fd_close(pair[1]);
}

/* Our own group is locked: a sweep by somebody else leaves it alone. */
static void living_groups_stay(void **state _unused_)
{
	pid_t pid;
	int status;

	need_groups();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static struct host_groups groups;

		host_groups_make(&context.cgroup, &groups);
		host_groups_remove(&groups);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(faccessat(context.groups.v2.parent_fd, context.groups.v2.name, F_OK, 0), 0);
	host_groups_remove(&context.groups);
}

/* A sleeper of the v2 probe group; -ESRCH where the kernel kills what comes into the group. */
static pid_t make_sleeper(int *ret_pidfd)
{
	struct host_note note = {0};

	return host_clone_sleeper(&context, &note, ret_pidfd);
}

static void end_sleeper(pid_t pid, int pidfd)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)fd_close(pidfd);
}

static bool has_descriptor_of_group(pid_t pid)
{
	bool found = false;

	for (int fd = 0; fd < 1024; fd++) {
		char path[64], target[PATH_MAX];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[MAX(n, 0)] = '\0';
		found = found || strstr(target, "assay-probe-");
	}
	return found;
}

static void sleepers_hold_no_lock(void **state _unused_)
{
	pid_t pid;
	int pidfd;

	need_groups();
	assert_true(has_descriptor_of_group(getpid()));
	pid = make_sleeper(&pidfd);
	assert_true(pid > 0);
	assert_false(has_descriptor_of_group(pid));
	end_sleeper(pid, pidfd);
	host_groups_remove(&context.groups);
}

/* An attempt that was ended may have left the group frozen. */
static void sleepers_begin_in_frozen_groups(void **state _unused_)
{
	pid_t pid;
	int pidfd;

	need_groups();
	if (file_write(context.groups.v2.fd, "cgroup.freeze", "1") == 0) {
		pid = make_sleeper(&pidfd);
		assert_true(pid > 0);
		end_sleeper(pid, pidfd);
	}
	host_groups_remove(&context.groups);
}

/* Where a group that was killed kills who comes later, freezing it shows nothing. */
static void killed_groups_freeze_nobody(void **state _unused_)
{
	struct host_note note = {0};
	int pidfd, r;
	pid_t pid;

	need_groups();
	r = host_try_in_child(try_cgroup_freeze, &context, &note);
	if (r == 0 && file_write(context.groups.v2.fd, "cgroup.kill", "1") == 0) {
		pid = make_sleeper(&pidfd);
		/* One that is killed may have been ready before. */
		if (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0)
			end_sleeper(pid, pidfd);
		else
			assert_true(host_try_in_child(try_cgroup_freeze, &context, &note) < 0);
	}
	host_groups_remove(&context.groups);
}

/* Sits in an attempt whose group is frozen, until somebody kills it. */
static int attempt_frozen(const struct host_context *own, struct host_note *note)
{
	int pidfd;
	pid_t pid = host_clone_sleeper(own, note, &pidfd);

	if (pid < 0 || file_write(own->groups.v2.fd, "cgroup.freeze", "1") < 0)
		return -ENOTSUP;
	if (write(told_fd, "", 1) != 1)
		return -EIO;
	for (;;)
		(void)pause();
}

static void probe_until_killed(void)
{
	struct host_note note = {0};

	host_groups_make(&context.cgroup, &context.groups);
	(void)host_try_in_child(attempt_frozen, &context, &note);
	_exit(1);
}

/* A prober is killed while its group is frozen: nobody who sleeps in it keeps it from the next. */
static void abandoned_frozen_groups_are_removed(void **state _unused_)
{
	char name[sizeof(context.groups.v2.name)], byte;
	int pair[2];
	bool there = true;
	pid_t pid;

	need_groups();
	host_groups_remove(&context.groups);
	assert_int_equal(fd_pipe(&pair[0], &pair[1]), 0);
	told_fd = pair[1];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		probe_until_killed();
	(void)fd_close(pair[1]);
	(void)snprintf(name, sizeof(name), "assay-probe-%d-v2", (int)pid);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* The one that tried dies a moment after the prober, and holds the lock until then. */
	for (int i = 0; i < 100 && there; i++) {
		host_groups_make(&context.cgroup, &context.groups);
		there = faccessat(context.groups.v2.parent_fd, name, F_OK, 0) == 0;
		host_groups_remove(&context.groups);
		(void)usleep(5000);
	}
	assert_false(there);
	(void)fd_close(pair[0]);
}

static void probing_leaves_nothing(void **state _unused_)
{
	_cleanup_host_report_ struct host_report *report = NULL;
	struct fault fault = {0};
	sigset_t before, after;

	(void)sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(host_probe(&report, &fault), 0);
	(void)sigprocmask(SIG_BLOCK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_true(report->n_layers > 40);
	for (size_t i = 0; i < report->n_layers; i++) {
		const struct host_layer *layer = &report->layers[i];

		assert_true(strlen(layer->detail) > 0);
		assert_null(strchr(layer->detail, '\n'));
		assert_int_equal(layer->state == HOST_ABSENT,
				 layer->state != HOST_PRESENT && layer->remedy != NULL);
		assert_ptr_equal(host_report_find(report, layer->info->name), layer);
	}
	assert_null(host_report_find(report, "no-such-layer"));
}

static struct host_report *report_of(const struct host_layer_info *infos,
				     const enum host_state *states, size_t n)
{
	struct host_report *report = new0(struct host_report, 1);

	assert_non_null(report);
	for (size_t i = 0; i < n; i++) {
		report->layers[i].info = &infos[i];
		report->layers[i].state = states[i];
	}
	report->n_layers = n;
	return report;
}

static void which_layers_a_policy_needs(void **state _unused_)
{
	static char *argv[] = {(char *)"x", NULL};
	struct policy policy = {.run = {.argv = argv}};
	struct host_layer_info info = {.need = HOST_NEED_ALL};

	assert_true(host_layer_required(&info, &policy));
	info.need = HOST_NEED_NONE;
	assert_false(host_layer_required(&info, &policy));
	info.need = HOST_NEED_LOOPBACK;
	assert_false(host_layer_required(&info, &policy));
	policy.run.network = POLICY_NETWORK_LOOPBACK;
	assert_true(host_layer_required(&info, &policy));
	info.need = HOST_NEED_NOTIFY;
	assert_false(host_layer_required(&info, &policy));
	policy.compile.filter.notifies = true;
	assert_false(host_layer_required(&info, &policy)); /* there is no compile step */
	policy.compile.argv = argv;
	assert_true(host_layer_required(&info, &policy));
	info.need = HOST_NEED_CPUS;
	assert_false(host_layer_required(&info, &policy));
	limits_set(&policy.run.limits, LIMIT_CPUS, LIMIT_NONE);
	assert_false(host_layer_required(&info, &policy));
	limits_set(&policy.run.limits, LIMIT_CPUS, 500);
	assert_true(host_layer_required(&info, &policy));
}

static void what_a_policy_lacks(void **state _unused_)
{
	static const struct host_layer_info infos[] = {
		{.name = "there", .need = HOST_NEED_ALL},
		{.name = "gone", .need = HOST_NEED_ALL},
		{.name = "untried", .need = HOST_NEED_ALL},
		{.name = "nice", .need = HOST_NEED_NONE},
	};
	static const enum host_state states[] = {HOST_PRESENT, HOST_ABSENT, HOST_UNKNOWN,
						 HOST_ABSENT};
	struct policy_need needs[] = {
		{(char *)"/bin/sh", (char *)"dash"},
		{(char *)"/nonexistent/cc", (char *)"gcc"},
		{(char *)"/nonexistent/c++", (char *)"gcc"},
		{(char *)"/etc/passwd", NULL},
	};
	struct policy policy = {.needs = needs, .n_needs = ARRAY_SIZE(needs)};
	_cleanup_host_report_ struct host_report *report =
		report_of(infos, states, ARRAY_SIZE(infos));
	struct host_missing missing;

	assert_int_equal(host_policy_missing(report, &policy, &missing), 0);
	assert_int_equal(strv_length(missing.layers), 2);
	assert_string_equal(missing.layers[0], "gone");
	assert_string_equal(missing.layers[1], "untried");
	assert_true(strv_contains(missing.programs, "/nonexistent/cc"));
	assert_true(strv_contains(missing.programs, "/nonexistent/c++"));
	assert_false(strv_contains(missing.programs, "/bin/sh"));
	assert_int_equal(strv_length(missing.packages), 1);
	assert_string_equal(missing.packages[0], "gcc");
	host_missing_clear(&missing);
	assert_null(missing.layers);
}

static size_t count_missing(const char *path, const char *argv0)
{
	char *argv[] = {(char *)argv0, NULL};
	struct policy_need need = {(char *)path, (char *)"package"};
	struct policy policy = {.needs = &need, .n_needs = 1, .run = {.argv = argv}};
	_cleanup_host_report_ struct host_report *report = report_of(NULL, NULL, 0);
	struct host_missing missing;
	size_t n;

	assert_int_equal(host_policy_missing(report, &policy, &missing), 0);
	n = strv_length(missing.programs);
	host_missing_clear(&missing);
	return n;
}

/* A header is enough to be there; what is started must be a program, also for root. */
static void needs_that_are_no_programs(void **state _unused_)
{
	assert_int_equal(count_missing("/etc/passwd", "/bin/sh"), 0);
	assert_int_equal(count_missing("/etc/passwd", "/etc/passwd"), 1);
	assert_int_equal(count_missing("/usr", "/bin/sh"), 0);
	assert_int_equal(count_missing("/usr", "/usr"), 1);
	assert_int_equal(count_missing("/bin/sh", "/bin/sh"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(results_of_children),
		cmocka_unit_test(children_that_fail),
		cmocka_unit_test(grandchildren_die),
		cmocka_unit_test(crashes_that_leave_the_sandbox),
		cmocka_unit_test(groups_come_and_go),
		cmocka_unit_test(abandoned_groups_are_removed),
		cmocka_unit_test(living_groups_stay),
		cmocka_unit_test(sleepers_hold_no_lock),
		cmocka_unit_test(sleepers_begin_in_frozen_groups),
		cmocka_unit_test(killed_groups_freeze_nobody),
		cmocka_unit_test(abandoned_frozen_groups_are_removed),
		cmocka_unit_test(probing_leaves_nothing),
		cmocka_unit_test(which_layers_a_policy_needs),
		cmocka_unit_test(what_a_policy_lacks),
		cmocka_unit_test(needs_that_are_no_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
