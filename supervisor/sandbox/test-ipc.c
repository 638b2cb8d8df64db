/* SPDX-License-Identifier: Apache-2.0 */
/* In which ipc namespace a sandbox is: what is observed is the link of its step's process in the host's /proc. */

#include "supervisor/sandbox/test-sandbox.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>

/* Every IPC call of this machine's table, and no call of another, as policies' filters refuse them. */
#define REFUSED(nr)                                    \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

/* A namespace's number may be given to the next one: it is held while it is compared. */
struct held {
	int fd;
	struct stat st;
};

static struct sock_filter ipc_refused[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	REFUSED(SYS_semget),
	REFUSED(SYS_semctl),
	REFUSED(SYS_shmget),
	REFUSED(SYS_msgget),
	REFUSED(SYS_mq_open),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static const struct policy_filter closed_filter = {
	.instructions = ipc_refused,
	.n_instructions = ARRAY_SIZE(ipc_refused),
	.ipc_closed = true,
};

static struct held held_open(pid_t pid)
{
	struct held held;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	held.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(held.fd >= 0);
	assert_int_equal(fstat(held.fd, &held.st), 0);
	return held;
}

static bool same(const struct held *a, const struct held *b)
{
	return a->st.st_ino == b->st.st_ino && a->st.st_dev == b->st.st_dev;
}

static pid_t pid_of(int pidfd)
{
	char path[64], text[1024], *line;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	assert_true(file_read(AT_FDCWD, path, text, sizeof(text)) > 0);
	line = strstr(text, "Pid:");
	assert_non_null(line);
	return (pid_t)strtol(line + sizeof("Pid:") - 1, NULL, 10);
}

/* The namespace of a step under `filter`, which runs until it was looked at. */
static struct held held_of(const struct policy_filter *filter)
{
	struct sandbox_spec spec = spec_of(SHELL("exec /usr/bin/sleep 20"));
	struct sandbox sandbox;
	struct held held;

	spec.filter = filter;
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_RUNNING);
	assert_int_equal(sandbox.state, SANDBOX_RUNNING);
	held = held_open(pid_of(sandbox.step_pidfd));
	sandbox_kill(&sandbox);
	await_state(&sandbox, SANDBOX_EXITED);
	assert_true(wait_readable(sandbox.pidfd));
	(void)finish(&sandbox);
	return held;
}

static void let_go(struct held held[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)close(held[i].fd);
}

static void closed_filters_share_one(void **state _unused_)
{
	struct held held[3];

	if (not_root())
		skip();
	held[0] = held_open(getpid());
	held[1] = held_of(&closed_filter);
	held[2] = held_of(&closed_filter);
	assert_true(same(&held[1], &held[2]));
	assert_false(same(&held[0], &held[1]));
	let_go(held, ARRAY_SIZE(held));
}

static void others_have_their_own(void **state _unused_)
{
	struct held held[5];

	if (not_root())
		skip();
	held[0] = held_open(getpid());
	held[1] = held_of(&closed_filter);
	held[2] = held_of(&open_filter);
	held[3] = held_of(&open_filter);
	held[4] = held_of(&closed_filter);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(same(&held[i], &held[k]));
	assert_true(same(&held[1], &held[4]));
	let_go(held, ARRAY_SIZE(held));
}

/* A closed filter that is said of instructions which a kept plan has for an open one is another filter. */
static void what_is_said_of_a_filter_counts(void **state _unused_)
{
	struct policy_filter doubted = closed_filter;
	struct held held[3];

	if (not_root())
		skip();
	doubted.ipc_closed = false;
	held[0] = held_of(&closed_filter);
	held[1] = held_of(&doubted);
	held[2] = held_of(&closed_filter);
	assert_false(same(&held[0], &held[1]));
	assert_true(same(&held[0], &held[2]));
	let_go(held, ARRAY_SIZE(held));
}

/* So nobody in a sandbox has authority over its settings: NS_GET_USERNS, ioctl_ns(2). */
static void the_host_s_root_owns_it(void **state _unused_)
{
	const struct policy_filter *const filters[] = {&closed_filter, &open_filter};
	struct stat host, owner;

	if (not_root())
		skip();
	assert_int_equal(stat("/proc/self/ns/user", &host), 0);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct held held = held_of(filters[i]);
		_cleanup_close_ int fd = ioctl(held.fd, NS_GET_USERNS);

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &owner), 0);
		assert_int_equal(owner.st_ino, host.st_ino);
		let_go(&held, 1);
	}
}

static void slots_share_none(void **state _unused_)
{
	struct fault fault = {0};
	struct slot *first, *beside = NULL;
	struct held held[2];

	if (not_root())
		skip();
	held[0] = held_of(&closed_filter);
	first = slot;
	if (slot_open_beside(first, &beside, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	slot = beside;
	held[1] = held_of(&closed_filter);
	(void)slot_close(slot);
	slot = first;
	assert_false(same(&held[0], &held[1]));
	let_go(held, ARRAY_SIZE(held));
}

/* It goes with its launcher. */
static void a_new_launcher_has_a_new_one(void **state _unused_)
{
	struct held held[2];

	if (not_root())
		skip();
	held[0] = held_of(&closed_filter);
	assert_int_equal(slot_revive(slot, NULL), 0);
	held[1] = held_of(&closed_filter);
	assert_false(same(&held[0], &held[1]));
	let_go(held, ARRAY_SIZE(held));
}

/* What is in one that is not shared stays there: neither the next of its kind sees it nor those that share one. */
static void semaphores_stay_where_they_are(void **state _unused_)
{
	static const char *const make = "semget(7, 1, 01600) // die $!; print 1",
				 *const look = "print defined(semget(7, 0, 0)) ? 2 : 0";
	const struct {
		const struct policy_filter *filter;
		const char *script, *output;
	} turns[] = {
		{&open_filter, make, "1"},  {&open_filter, look, "0"}, {&closed_filter, look, "0"},
		{&closed_filter, make, ""}, {&open_filter, make, "1"}, {&open_filter, look, "0"},
	};

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(turns); i++) {
		struct sandbox_spec spec = spec_of(((char *const[]){
			(char *)"/usr/bin/perl", (char *)"-e", (char *)turns[i].script, NULL}));
		struct sandbox sandbox;
		struct step_result step;

		spec.filter = turns[i].filter;
		step = run(&sandbox, &spec);
		if (turns[i].output[0] != '\0')
			assert_output(step.stdout_fd, turns[i].output);
		else
			assert_int_equal(step.stdout_fd, -EBADF);
		step_result_clear(&step);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_filters_share_one),
		cmocka_unit_test(others_have_their_own),
		cmocka_unit_test(what_is_said_of_a_filter_counts),
		cmocka_unit_test(the_host_s_root_owns_it),
		cmocka_unit_test(slots_share_none),
		cmocka_unit_test(a_new_launcher_has_a_new_one),
		cmocka_unit_test(semaphores_stay_where_they_are),
	};

	return cmocka_run_group_tests_name("ipc", tests, group_setup, group_teardown);
}
