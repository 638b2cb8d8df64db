/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security hooks with real programs: what is denied is refused by every way that leads to it, counted and told once; what is not denied goes
 * through; and what the hooks saw is what the kernel used. The programs are this file's own, executed anew with a role.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/contract/limits.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

enum { RING_BYTES = 1 << 20, TRIES_MAX = 16, CONNECTS = 2000 };

/* What a role shares with its test. */
struct shared {
	char directory[64];
	int errors[TRIES_MAX]; /* of one try each, 0: it went through */
	size_t n;
	char peers[CONNECTS]; /* whom each connection reached: 'a' or 'b' */
};

/* What the events of a run said. */
struct seen {
	int group;
	unsigned denied, lsm, unresolved, other_eacces;
	char paths[TRIES_MAX][128];
	uint64_t script[2], exec_inode;
	unsigned connects, claimed;
	char peers[CONNECTS];
};

static struct probe *probe;
static struct shared *shared;
static int shared_fd = -EBADF;
static char refusal[256];

static int setup(void **state _unused_)
{
	struct probe_options options = {.n_sandboxes = 2, .ring_bytes = RING_BYTES, .denials = true};

	shared = shared_make(sizeof(*shared), &shared_fd);
	assert_non_null(shared);
	assert_true(probe_for_test(&options, &probe, refusal));
	if (probe != NULL && !probe_has_hooks(probe))
		(void)snprintf(refusal, sizeof(refusal), "bpf-lsm");
	return 0;
}

static int teardown(void **state _unused_)
{
	probe = probe_close(probe);
	(void)fd_close(tree_fd);
	return 0;
}

static void need_hooks(void)
{
	if (refusal[0] == '\0')
		return;
	print_message("# missing: %s\n", refusal);
	skip();
}

static void connect_note(struct seen *seen, const struct event *event)
{
	const struct event_bytes *address = &event->text[EVENT_TEXT_SOCKADDR];
	size_t letter = offsetof(struct sockaddr_un, sun_path) + 1;

	if (seen->connects >= CONNECTS)
		return;
	seen->claimed += (event->flags & EVENT_CLAIMED) != 0 || !(event->flags & EVENT_RESOLVED);
	seen->peers[seen->connects++] = address->size > letter ? address->data[letter] : '?';
}

static void on_event(void *userdata, const struct event *event)
{
	struct seen *seen = userdata;
	const struct event_bytes *path = &event->text[EVENT_TEXT_PATH];

	if (event->kind == EVENT_EXEC) {
		memcpy(seen->script, &event->args[1], sizeof(seen->script));
		memcpy(&seen->exec_inode, event->text[EVENT_TEXT_INODE].data + sizeof(uint64_t),
		       sizeof(seen->exec_inode));
	}
	if (event->kind == EVENT_NET && event->args[0] == EVENT_NET_CONNECT && event->ret == 0)
		connect_note(seen, event);
	if (event->kind != EVENT_DENIED) {
		seen->other_eacces += event->kind == EVENT_SYSCALL && event->ret == -EACCES;
		return;
	}
	if (seen->denied < TRIES_MAX && path->data != NULL)
		(void)snprintf(seen->paths[seen->denied], sizeof(seen->paths[0]), "%.*s",
			       (int)path->size, path->data);
	seen->denied++;
	seen->lsm += (event->flags & EVENT_LSM) != 0 && event->ret == -EACCES;
	seen->unresolved += (event->flags & EVENT_RESOLVED) == 0;
}

static void on_ended(void *userdata, enum probe_end why _unused_)
{
	(void)file_write(((struct seen *)userdata)->group, "cgroup.kill", "1");
}

/* Runs a role that is denied something; with `seen` as every call's events. */
static struct probe_report run(const char *role, const struct probe_denials *denials,
			       struct seen *seen)
{
	const char *const argv[] = {"/proc/self/exe", role, NULL};
	char name[64];
	_cleanup_close_ int group = group_make(name);
	struct seen own;
	const struct probe_spec spec = {
		.group_fd = group,
		.gas_limit = LIMIT_NONE,
		.level = seen != NULL ? TRACE_LEVEL_SYSCALLS : TRACE_LEVEL_COUNTERS,
		.denials = denials,
		.callbacks = {.event = on_event, .ended = on_ended},
		.userdata = seen != NULL ? seen : &own,
	};
	struct probe_step *step;
	struct probe_report report;
	struct fault fault = {0};
	pid_t pid;

	*(struct seen *)spec.userdata = (struct seen){.group = group};
	shared->n = 0;
	if (probe_begin(probe, &spec, &step, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	pid = spawn(group, argv, shared_fd);
	assert_true(pid > 0);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		(void)probe_poll(probe, 4096);
		(void)usleep(1000);
	}
	assert_true(group_settle(probe, group, name));
	assert_int_equal(probe_end(step, &report), 0);
	return report;
}

/* --- roles --- */

static void tried(struct shared *memory, long result)
{
	memory->errors[memory->n++] = result < 0 ? errno : 0;
}

/* "secret" by its name, a link, another name, a descriptor of its own; and a file that is not denied. */
static void role_open(struct shared *memory)
{
	char path[64];
	int fd = open("secret", O_PATH | O_CLOEXEC);

	tried(memory, open("secret", O_RDONLY | O_CLOEXEC));
	tried(memory, open("soft", O_RDONLY | O_CLOEXEC));
	tried(memory, open("hard", O_RDWR | O_CLOEXEC));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tried(memory, open(path, O_RDONLY | O_CLOEXEC));
	tried(memory, rename("secret", "moved"));
	tried(memory, open("moved", O_RDONLY | O_CLOEXEC));
	tried(memory, open("public", O_RDONLY | O_CLOEXEC));
}

static void start(struct shared *memory, const char *path)
{
	char *const argv[] = {(char *)path, NULL}, *const env[] = {NULL};
	pid_t pid = fork();

	if (pid == 0) {
		tried(memory, execve(path, argv, env));
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
}

static void role_exec(struct shared *memory)
{
	char *const argv[] = {(char *)"tool", NULL}, *const env[] = {NULL};
	int fd = open("tool", O_PATH | O_CLOEXEC);

	start(memory, "./tool");
	start(memory, "./script");
	tried(memory, syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH));
	tried(memory, open("tool", O_RDONLY | O_CLOEXEC));
	/* A copy is another file, and runs: the last thing that this does. */
	(void)execve("./copy", argv, env);
	tried(memory, -1);
}

static void role_script(void)
{
	char *const argv[] = {(char *)"./fine", NULL}, *const env[] = {NULL};

	(void)execve("./fine", argv, env);
}

static struct sockaddr_un abstract(char letter)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	/* Of the process group, which the test chose: others may run it at the same time. */
	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%cassay-test-%d",
		       letter, getppid());
	return address;
}

static void role_connect(struct shared *memory)
{
	struct sockaddr_un address = abstract('a');
	struct sockaddr_in other = {.sin_family = AF_INET, .sin_port = htons(1)};
	int here = socket(AF_UNIX, SOCK_DGRAM, 0), there = socket(AF_UNIX, SOCK_DGRAM, 0);
	int inet = socket(AF_INET, SOCK_STREAM, 0);

	tried(memory, bind(there, (struct sockaddr *)&address, sizeof(address)));
	tried(memory, connect(here, (struct sockaddr *)&address, sizeof(address)));
	tried(memory, sendto(here, "x", 1, 0, (struct sockaddr *)&address, sizeof(address)));
	other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tried(memory, connect(inet, (struct sockaddr *)&other, sizeof(other)));
}

static struct sockaddr_un flipped;

static void *flip(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		__atomic_store_n(&flipped.sun_path[1], 'b', __ATOMIC_RELAXED);
		__atomic_store_n(&flipped.sun_path[1], 'a', __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Another thread changes the address all the time: the socket itself says whom it reached. */
static void role_flip(struct shared *memory)
{
	struct sockaddr_un a = abstract('a'), b = abstract('b'), peer;
	int listeners[] = {socket(AF_UNIX, SOCK_DGRAM, 0), socket(AF_UNIX, SOCK_DGRAM, 0)};
	socklen_t size;
	bool stop = false;
	pthread_t thread;

	(void)bind(listeners[0], (struct sockaddr *)&a, sizeof(a));
	(void)bind(listeners[1], (struct sockaddr *)&b, sizeof(b));
	flipped = a;
	(void)pthread_create(&thread, NULL, flip, &stop);
	for (int i = 0; i < CONNECTS; i++) {
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		size = sizeof(peer);
		if (connect(fd, (struct sockaddr *)&flipped, sizeof(flipped)) == 0 &&
		    getpeername(fd, (struct sockaddr *)&peer, &size) == 0)
			memory->peers[i] = peer.sun_path[1];
		(void)close(fd);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	(void)pthread_join(thread, NULL);
}

static int role_main(const char *role)
{
	struct shared *memory =
		mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);

	if (memory == MAP_FAILED || chdir(memory->directory) < 0)
		return 2;
	if (strcmp(role, "open") == 0)
		role_open(memory);
	else if (strcmp(role, "exec") == 0)
		role_exec(memory);
	else if (strcmp(role, "script") == 0)
		role_script();
	else if (strcmp(role, "connect") == 0)
		role_connect(memory);
	else if (strcmp(role, "flip") == 0)
		role_flip(memory);
	return 0;
}

/* --- tests --- */

static void put(const char *name, const char *text, mode_t mode)
{
	_cleanup_close_ int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, mode);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* A directory to be in, with the files that the roles try. */
/* A copy of /bin/true. */
static void program_put(const char *name)
{
	_cleanup_close_ int from = open("/bin/true", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	struct stat st;

	assert_true(from >= 0 && to >= 0 && fstat(from, &st) == 0);
	assert_int_equal(sendfile(to, from, NULL, (size_t)st.st_size), st.st_size);
}

static void files_make(void)
{
	char script[160];

	(void)snprintf(shared->directory, sizeof(shared->directory), "/tmp/assay-test-XXXXXX");
	assert_non_null(mkdtemp(shared->directory));
	assert_int_equal(chdir(shared->directory), 0);
	put("secret", "s", 0644);
	put("public", "p", 0644);
	assert_int_equal(symlink("secret", "soft"), 0);
	assert_int_equal(link("secret", "hard"), 0);
	program_put("tool");
	program_put("copy");
	(void)snprintf(script, sizeof(script), "#!%s/tool\n", shared->directory);
	put("script", script, 0755);
	put("fine", "#!/bin/true\n", 0755);
}

static void files_remove(void)
{
	static const char *const names[] = {"secret", "moved", "public", "soft", "hard",
					    "tool",   "copy",  "script", "fine"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(names[i]);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(shared->directory), 0);
}

static void errors_are(const int *errors, size_t n)
{
	assert_int_equal(shared->n, n);
	for (size_t i = 0; i < n; i++)
		if (shared->errors[i] != errors[i])
			fail_msg("try %zu: %s", i, strerror(shared->errors[i]));
}

static void test_a_denied_file_is_not_opened(void **state _unused_)
{
	static const int errors[] = {EACCES, EACCES, EACCES, EACCES, 0, EACCES, 0};
	struct probe_report report;
	struct seen seen;
	int fd;

	need_hooks();
	files_make();
	fd = open("secret", O_PATH | O_CLOEXEC);
	report = run("open", &(struct probe_denials){.open = &fd, .n_open = 1}, &seen);
	files_remove();
	(void)fd_close(fd);
	errors_are(errors, ARRAY_SIZE(errors));
	assert_int_equal(report.counters.denied_open, 5);
	assert_int_equal(report.counters.denied_exec + report.counters.denied_connect, 0);
	assert_int_equal(seen.denied, 5);
	assert_int_equal(seen.lsm, 5);
	assert_int_equal(seen.unresolved, 0);
	assert_int_equal(seen.other_eacces, 0);
	/* The name by which the kernel reached it. */
	assert_non_null(strstr(seen.paths[0], "/secret"));
	assert_non_null(strstr(seen.paths[2], "/hard"));
}

static void test_a_denied_program_is_not_started(void **state _unused_)
{
	static const int errors[] = {EACCES, EACCES, EACCES, 0};
	struct probe_report report;
	struct seen seen;
	int fd;

	need_hooks();
	files_make();
	fd = open("tool", O_PATH | O_CLOEXEC);
	report = run("exec", &(struct probe_denials){.exec = &fd, .n_exec = 1}, &seen);
	files_remove();
	(void)fd_close(fd);
	errors_are(errors, ARRAY_SIZE(errors));
	assert_int_equal(report.counters.denied_exec, 3);
	assert_int_equal(seen.denied, 3);
	assert_int_equal(seen.lsm, 3);
	assert_int_equal(seen.other_eacces, 0);
	assert_non_null(strstr(seen.paths[1], "/tool"));
}

static void test_a_denied_family_is_not_reached(void **state _unused_)
{
	static const int errors[] = {0, EACCES, EACCES, ECONNREFUSED};
	const struct probe_denials denials = {.connect = POLICY_PEER_UNIX};
	struct probe_report report;
	struct seen seen;

	need_hooks();
	files_make();
	report = run("connect", &denials, &seen);
	errors_are(errors, ARRAY_SIZE(errors));
	assert_int_equal(report.counters.denied_connect, 2);
	assert_int_equal(seen.denied, 2);
	assert_int_equal(seen.lsm, 2);
	assert_int_equal(seen.unresolved, 0);
	/* Counted without a trace too. */
	report = run("connect", &denials, NULL);
	assert_int_equal(report.counters.denied_connect, 2);
	files_remove();
}

/* A mark is of one step: the next one in its place is not denied. */
static void test_marks_are_taken_back(void **state _unused_)
{
	struct probe_report report;
	int fd;

	need_hooks();
	files_make();
	fd = open("secret", O_PATH | O_CLOEXEC);
	report = run("open", &(struct probe_denials){.open = &fd, .n_open = 1}, NULL);
	assert_int_equal(report.counters.denied_open, 5);
	assert_int_equal(rename("moved", "secret"), 0);
	report = run("open", NULL, NULL);
	assert_int_equal(report.counters.denied_open, 0);
	assert_int_equal(shared->errors[0], 0);
	files_remove();
	(void)fd_close(fd);
}

static void test_a_script_is_named(void **state _unused_)
{
	struct stat script;
	struct seen seen;

	need_hooks();
	files_make();
	assert_int_equal(stat("fine", &script), 0);
	(void)run("script", NULL, &seen);
	files_remove();
	assert_int_equal(seen.script[1], script.st_ino);
	assert_int_not_equal(seen.exec_inode, script.st_ino);
}

static void test_addresses_are_the_kernels(void **state _unused_)
{
	struct seen seen;

	need_hooks();
	files_make();
	memset(shared->peers, 0, sizeof(shared->peers));
	(void)run("flip", NULL, &seen);
	files_remove();
	assert_int_equal(seen.connects, CONNECTS);
	assert_int_equal(seen.claimed, 0);
	assert_memory_equal(seen.peers, shared->peers, CONNECTS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_denied_file_is_not_opened),
		cmocka_unit_test(test_a_denied_program_is_not_started),
		cmocka_unit_test(test_a_denied_family_is_not_reached),
		cmocka_unit_test(test_marks_are_taken_back),
		cmocka_unit_test(test_a_script_is_named),
		cmocka_unit_test(test_addresses_are_the_kernels),
	};

	if (argc > 1)
		return role_main(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
