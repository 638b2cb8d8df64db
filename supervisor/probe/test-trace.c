/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of real programs: none is missing, they come in order, they name the objects that the kernel used, and when the reader does
 * not keep up, what was asked for happens. The programs are this file's own, executed anew with a role.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/base/clock.h"
#include "lib/contract/limits.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

enum {
	RING_BYTES = 1 << 20,
	FLOOD_MSEC = 5000,
	FLOOD_SHORT_MSEC = 1500,
	STALL_USEC = 100000,
	SAMPLE_BYTES = 4711,
	FLIPS = 100000, /* `make bench-exact` makes two million */
	FLIPS_SLOW = 20000,
	LONG_NAME = 200, /* of each of three directories */
	ALONE = 4711,	 /* offsets of lseek(), by which its events are known */
	SHARED = 4712,
	NONE = 4713,
};

#define MOMENT_NS (STALL_USEC / 4 * NSEC_PER_USEC)

/* What a role shares with its test. */
struct shared {
	uint64_t flood_msec, flips;
	uint64_t calls[2];  /* made by each of two processes */
	uint64_t inodes[2]; /* of the two files that are flipped */
	char directory[64];
};

/* What the events of a run said. */
struct seen {
	uint64_t next, events, gaps, missing, kinds[EVENT_KIND_MAX], getppid, stopped;
	uint64_t resolved, unresolved, rootless, wrong, ended_seq, ended_lost;
	bool disordered, ended;
	char exec_path[256], claim[1024], argv[64];
	uint16_t claim_flags, faulted;
	uint64_t net_family;
	int group;
	int holds;
	uint64_t latest_ns, sampled_ns; /* of events, and of the latest sample */
	uint64_t oom_pid;
	bool misplaced; /* a sample */
	struct {
		uint64_t inode;
		uint16_t flags;
	} objects[3]; /* of ALONE, SHARED and NONE */
};

static struct probe *probe;
static struct shared *shared;
static int shared_fd = -EBADF;
static char refusal[256];
static int run_status;
static bool sampled, short_of_memory; /* what run() has the step told */

static int setup(void **state _unused_)
{
	struct probe_options options = {.n_sandboxes = 2, .ring_bytes = RING_BYTES};

	shared = shared_make(sizeof(*shared), &shared_fd);
	assert_non_null(shared);
	assert_true(probe_for_test(&options, &probe, refusal));
	return 0;
}

static int teardown(void **state _unused_)
{
	probe = probe_close(probe);
	(void)fd_close(tree_fd);
	return 0;
}

static void need_bpf(void)
{
	if (probe != NULL)
		return;
	print_message("# missing: %s\n", refusal);
	skip();
}

static void text_take(char *to, size_t size, const struct event_bytes *text)
{
	size_t n = MIN(text->size, size - 1);

	if (text->data == NULL)
		return;
	memcpy(to, text->data, n);
	to[n] = '\0';
}

static void object_note(struct seen *seen, const struct event *event)
{
	uint64_t inode[2];
	const struct event_bytes *path = &event->text[EVENT_TEXT_PATH];

	if ((event->flags & EVENT_RESOLVED) == 0) {
		seen->unresolved++;
		/* Which file it is may be uncertain; where it lies is not. */
		seen->rootless += path->size < 1 || path->data[0] != '/';
		return;
	}
	seen->resolved++;
	memcpy(inode, event->text[EVENT_TEXT_INODE].data, sizeof(inode));
	/* "a" and "b" are links to two files: the path that the kernel followed says which. */
	if (path->size < 2 || inode[1] != shared->inodes[path->data[path->size - 1] == 'b' ? 1 : 0])
		seen->wrong++;
}

/*
 * A sample comes after what is older than it, and before what is younger; but two CPUs may take their numbers in another order than their times, by a
 * moment.
 */
static void sample_note(struct seen *seen, const struct event *event)
{
	if (event->kind == EVENT_OOM)
		seen->oom_pid = event->pid;
	if (event->kind == EVENT_SAMPLE) {
		seen->misplaced |= event->ts_ns + MOMENT_NS < seen->latest_ns;
		assert_int_equal(event->args[EVENT_SAMPLE_MEMORY_BYTES], SAMPLE_BYTES);
		assert_int_equal(event->pid, 0);
		seen->sampled_ns = event->ts_ns;
	} else if (event->kind != EVENT_END) {
		seen->misplaced |= event->ts_ns + MOMENT_NS < seen->sampled_ns;
		seen->latest_ns = MAX(seen->latest_ns, event->ts_ns);
	}
}

static void seek_note(struct seen *seen, const struct event *event)
{
	const struct event_bytes *text = &event->text[EVENT_TEXT_INODE];
	uint64_t i = event->args[1] - ALONE;

	if (event->kind != EVENT_SYSCALL || event->nr != SYS_lseek || i >= ARRAY_SIZE(seen->objects))
		return;
	seen->objects[i].flags = event->flags;
	if (text->data != NULL)
		memcpy(&seen->objects[i].inode, text->data + sizeof(uint64_t), sizeof(uint64_t));
}

static void on_event(void *userdata, const struct event *event)
{
	struct seen *seen = userdata;

	seen->events++;
	seek_note(seen, event);
	seen->kinds[event->kind]++;
	seen->disordered |= event->seq != seen->next;
	seen->next = event->seq + (event->kind != EVENT_SAMPLE);
	sample_note(seen, event);
	if (event->kind == EVENT_GAP) {
		seen->gaps++;
		seen->missing += event->args[0];
		seen->next = event->seq + event->args[0];
	}
	seen->getppid += event->nr == SYS_getppid;
	seen->stopped += (event->flags & EVENT_STOPPED) != 0;
	seen->faulted |= event->flags & EVENT_FAULTED;
	if (event->kind == EVENT_EXEC) {
		text_take(seen->exec_path, sizeof(seen->exec_path), &event->text[EVENT_TEXT_PATH]);
		text_take(seen->argv, sizeof(seen->argv), &event->text[EVENT_TEXT_ARGV]);
	}
	/* A sanitizer's runtime opens files as well. */
	if (event->nr == SYS_open && event->ret >= 0 &&
	    event->text[EVENT_TEXT_CLAIM].size == strlen("flip") &&
	    memcmp(event->text[EVENT_TEXT_CLAIM].data, "flip", strlen("flip")) == 0)
		object_note(seen, event);
	if (event->nr == SYS_mkdir) {
		text_take(seen->claim, sizeof(seen->claim), &event->text[EVENT_TEXT_CLAIM]);
		seen->claim_flags = event->flags;
	}
	if (event->kind == EVENT_NET && event->args[0] == EVENT_NET_CONNECT)
		seen->net_family = event->args[1];
	if (event->kind == EVENT_END) {
		seen->ended = true;
		seen->ended_seq = event->args[0];
		seen->ended_lost = event->args[2];
	}
}

static void on_ended(void *userdata, enum probe_end why _unused_)
{
	(void)file_write(((struct seen *)userdata)->group, "cgroup.kill", "1");
}

static void on_hold(void *userdata, bool held)
{
	struct seen *seen = userdata;

	seen->holds += held;
	(void)file_write(seen->group, "cgroup.freeze", held ? "1" : "0");
}

/* Runs a role; the reader sleeps `stall_usec` between two looks. */
static struct probe_report run(const char *role, enum trace_level level, enum trace_loss loss,
			       unsigned stall_usec, struct seen *seen)
{
	const char *const argv[] = {"/proc/self/exe", role, NULL};
	char name[64];
	_cleanup_close_ int group = group_make(name);
	const struct probe_spec spec = {
		.group_fd = group,
		.gas_limit = LIMIT_NONE,
		.level = level,
		.on_loss = loss,
		.callbacks = {.event = on_event, .ended = on_ended, .hold = on_hold},
		.userdata = seen,
	};
	struct probe_step *step;
	struct probe_report report;
	struct fault fault = {0};
	pid_t pid;

	*seen = (struct seen){.group = group};
	memset(shared->calls, 0, sizeof(shared->calls));
	if (probe_begin(probe, &spec, &step, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	pid = spawn(group, argv, shared_fd);
	assert_true(pid > 0);
	while (waitpid(pid, &run_status, WNOHANG) == 0) {
		if (sampled)
			probe_sample(step, &(struct probe_sample){.memory_bytes = SAMPLE_BYTES});
		while (probe_poll(probe, 4096) > 0)
			;
		(void)usleep(stall_usec);
	}
	assert_true(group_settle(probe, group, name));
	if (short_of_memory)
		probe_out_of_memory(step);
	assert_int_equal(probe_end(step, &report), 0);
	assert_false(seen->disordered);
	assert_true(seen->ended);
	assert_int_equal(seen->missing, report.lost);
	assert_int_equal(seen->ended_lost, report.lost);
	assert_int_equal(seen->ended_seq, report.seq_end);
	assert_int_equal(report.received + report.lost, report.seq_end);
	return report;
}

/* --- roles --- */

static void flood(uint64_t msec, uint64_t *calls, int cpu)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + msec * NSEC_PER_MSEC;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	(void)sched_setaffinity(0, sizeof(cpus), &cpus);
	/* The clock is read without a call: the vDSO. */
	while (clock_now_ns(CLOCK_MONOTONIC) < end) {
		(void)syscall(SYS_getppid);
		++*calls;
	}
}

static void role_flood(struct shared *memory)
{
	int n_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (fork() == 0) {
		flood(memory->flood_msec, &memory->calls[1], 1 % n_cpus);
		_exit(0);
	}
	flood(memory->flood_msec, &memory->calls[0], 0);
	(void)wait(NULL);
}

static struct shared *flip_memory;

/* "flip" is there at each moment, so that each open finds one of the two files. */
static void *flip(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		(void)renameat2(AT_FDCWD, "flip", AT_FDCWD, "other", RENAME_EXCHANGE);
	}
	return NULL;
}

static void role_flip(bool threads)
{
	bool stop = false;
	pthread_t thread;
	pid_t pid = 0;

	if (chdir(flip_memory->directory) < 0)
		_exit(2);
	if (threads)
		(void)pthread_create(&thread, NULL, flip, &stop);
	else if ((pid = fork()) == 0)
		(void)flip(&stop);
	for (uint64_t i = 0; i < flip_memory->flips; i++) {
		long fd = syscall(SYS_open, "flip", O_RDONLY);

		if (fd >= 0)
			(void)close((int)fd);
	}
	if (pid > 0)
		(void)kill(pid, SIGKILL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	if (threads)
		(void)pthread_join(thread, NULL);
	while (wait(NULL) > 0)
		;
}

/* A path of 600 bytes, one in memory that is not there, an address of a socket. */
static void role_texts(void)
{
	char path[4 * (LONG_NAME + 1)];
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/nowhere"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(path, 'x', sizeof(path));
	for (int i = 0; i < 3; i++)
		path[(size_t)i * LONG_NAME] = '/';
	path[(size_t)3 * LONG_NAME] = '\0';
	(void)syscall(SYS_access, (void *)16, 0);
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	(void)syscall(SYS_mkdir, path, 0700);
}

static void *sleep_on(void *unused _unused_)
{
	(void)pause();
	return NULL;
}

/* A descriptor's object is certain as long as nobody else has the table. */
static void role_objects(struct shared *memory)
{
	int fd = memfd_create("object", MFD_CLOEXEC);
	pthread_t thread;
	struct stat st;

	if (fstat(fd, &st) == 0)
		memory->inodes[0] = st.st_ino;
	(void)lseek(fd, ALONE, SEEK_SET);
	(void)lseek(-1, NONE, SEEK_SET);
	if (pthread_create(&thread, NULL, sleep_on, NULL) == 0)
		(void)lseek(fd, SHARED, SEEK_SET);
}

static int role_main(const char *role)
{
	struct shared *memory =
		mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);

	if (memory == MAP_FAILED)
		return 1;
	flip_memory = memory;
	if (strcmp(role, "flood") == 0)
		role_flood(memory);
	else if (strcmp(role, "flip") == 0)
		role_flip(false);
	else if (strcmp(role, "flip-threads") == 0)
		role_flip(true);
	else if (strcmp(role, "texts") == 0)
		role_texts();
	else if (strcmp(role, "objects") == 0)
		role_objects(memory);
	_exit(0);
}

/* --- tests --- */

static void test_every_call_is_told(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run("texts", TRACE_LEVEL_SYSCALLS, TRACE_LOSS_STOP, 1000, &seen);
	assert_int_equal(report.lost, 0);
	assert_int_equal(seen.kinds[EVENT_START], 1);
	assert_int_equal(seen.kinds[EVENT_EXEC], 1);
	assert_int_equal(seen.kinds[EVENT_EXIT], 1);
	assert_int_equal(seen.kinds[EVENT_END], 1);
	assert_int_equal(seen.kinds[EVENT_SYSCALL] + seen.kinds[EVENT_NET],
			 report.counters.syscalls + report.counters.interrupted);
	assert_non_null(strstr(seen.exec_path, "/test-trace"));
	assert_string_equal(seen.argv, "/proc/self/exe");
}

static void test_texts(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run("texts", TRACE_LEVEL_SYSCALLS, TRACE_LOSS_STOP, 1000, &seen);
	assert_int_equal(strlen(seen.claim), 3 * LONG_NAME);
	assert_int_equal(seen.claim_flags, EVENT_CLAIMED);
	assert_true(seen.faulted);
	assert_true(report.counters.faulted >= 1);
	assert_int_equal(report.counters.truncated, 0);
	assert_int_equal(seen.net_family, AF_UNIX);
	assert_int_equal(seen.kinds[EVENT_NET], 2);
}

static void test_level_events(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run("texts", TRACE_LEVEL_EVENTS, TRACE_LOSS_STOP, 1000, &seen);
	assert_true(report.seq_end < report.counters.syscalls);
	assert_int_equal(seen.kinds[EVENT_NET], 2);
	assert_int_equal(strlen(seen.claim), 3 * LONG_NAME);
	assert_int_equal(seen.getppid, 0);
	assert_false(seen.faulted);
}

static unsigned time_scale(void)
{
	const char *scale = getenv("ASSAY_TIME_SCALE");
	unsigned n = scale != NULL ? (unsigned)strtoul(scale, NULL, 10) : 1;

	return MAX(n, 1U);
}

/* On a slow machine a program needs longer to fill a ring. */
static unsigned stall_usec(void)
{
	return STALL_USEC * time_scale();
}

/* Two processes on two CPUs make calls for five seconds; on a slow machine for less. */
static struct probe_report flood_run(enum trace_loss loss, struct seen *seen)
{
	shared->flood_msec = MAX(FLOOD_MSEC / time_scale(), (unsigned)FLOOD_SHORT_MSEC);
	return run("flood", TRACE_LEVEL_SYSCALLS, loss, stall_usec(), seen);
}

static void test_stop_loses_nothing(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = flood_run(TRACE_LOSS_STOP, &seen);
	print_message("# stop: %lu events, %lu stops, %d holds\n", (unsigned long)report.seq_end,
		      (unsigned long)seen.stopped, seen.holds);
	assert_int_equal(report.lost, 0);
	assert_int_equal(seen.getppid, shared->calls[0] + shared->calls[1]);
	assert_true(seen.stopped > 0 && seen.holds > 0);
	assert_int_equal(run_status, 0);
}

/* The reader is behind all the time: what it has not read yet is older than the sample. */
static void test_samples_stand_in_order(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	sampled = true;
	shared->flood_msec = FLOOD_SHORT_MSEC;
	report = run("flood", TRACE_LEVEL_SYSCALLS, TRACE_LOSS_STOP, stall_usec(), &seen);
	sampled = false;
	assert_int_equal(report.lost, 0);
	assert_true(seen.stopped > 0);
	/* One at each look. A fifth of those that the flood has time for. */
	assert_true(seen.kinds[EVENT_SAMPLE] >= MAX(FLOOD_SHORT_MSEC * 1000U / stall_usec() / 5, 1U));
	assert_int_equal(report.received, seen.events - seen.kinds[EVENT_SAMPLE] - 1);
	assert_false(seen.misplaced);
}

/* The kernel was not quick enough to name a victim. */
static void test_shortage_without_a_victim(void **state _unused_)
{
	struct seen seen;

	need_bpf();
	(void)run("texts", TRACE_LEVEL_EVENTS, TRACE_LOSS_STOP, 1000, &seen);
	assert_int_equal(seen.kinds[EVENT_OOM], 0);
	short_of_memory = true;
	(void)run("texts", TRACE_LEVEL_EVENTS, TRACE_LOSS_STOP, 1000, &seen);
	short_of_memory = false;
	assert_int_equal(seen.kinds[EVENT_OOM], 1);
	assert_int_equal(seen.oom_pid, 0);
}

static void test_drop_tells_what_is_missing(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = flood_run(TRACE_LOSS_DROP, &seen);
	print_message("# drop: %lu events, %lu lost in %lu gaps\n", (unsigned long)report.seq_end,
		      (unsigned long)report.lost, (unsigned long)seen.gaps);
	assert_true(report.lost > 0 && seen.gaps > 0);
	/* Counters are exact all the same. */
	assert_int_equal(report.counters.calls[SYS_getppid], shared->calls[0] + shared->calls[1]);
	assert_int_equal(run_status, 0);
}

static void test_kill_ends_at_the_first_loss(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = flood_run(TRACE_LOSS_KILL, &seen);
	assert_int_equal(report.end, PROBE_END_LOSS);
	assert_true(WIFSIGNALED(run_status));
	/* One by each of the two at most, and what each says of its own end. */
	assert_in_range(report.lost, 1, 8);
}

static void test_objects_behind_descriptors(void **state _unused_)
{
	struct seen seen;

	need_bpf();
	(void)run("objects", TRACE_LEVEL_SYSCALLS, TRACE_LOSS_STOP, 1000, &seen);
	assert_int_not_equal(shared->inodes[0], 0);
	assert_int_equal(seen.objects[0].inode, shared->inodes[0]);
	assert_int_equal(seen.objects[0].flags, EVENT_RESOLVED);
	assert_int_equal(seen.objects[SHARED - ALONE].inode, shared->inodes[0]);
	assert_int_equal(seen.objects[SHARED - ALONE].flags, EVENT_UNRESOLVED);
	assert_int_equal(seen.objects[NONE - ALONE].inode, 0);
	assert_int_equal(seen.objects[NONE - ALONE].flags, 0);
}

static void flip_files_make(void)
{
	static const char *const names[] = {"a", "b"};
	struct stat st;
	char path[128];

	(void)snprintf(shared->directory, sizeof(shared->directory), "/tmp/assay-test-XXXXXX");
	assert_non_null(mkdtemp(shared->directory));
	for (int i = 0; i < 2; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%s", shared->directory, names[i]);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		assert_int_equal(fstat(fd, &st), 0);
		shared->inodes[i] = st.st_ino;
		(void)fd_close(fd);
		(void)snprintf(path, sizeof(path), "%s/%s", shared->directory,
			       i == 0 ? "flip" : "other");
		assert_int_equal(symlink(names[i], path), 0);
	}
}

static void flip_files_remove(void)
{
	static const char *const names[] = {"a", "b", "flip", "other"};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", shared->directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(shared->directory);
}

/* ASSAY_FLIPS says how many opens race; otherwise a number that takes no long time. */
static uint64_t flips(void)
{
	const char *wanted = getenv("ASSAY_FLIPS");

	if (wanted != NULL)
		return strtoul(wanted, NULL, 10);
	return time_scale() > 1 ? FLIPS_SLOW : FLIPS;
}

static void flip_run(const char *role, struct seen *seen)
{
	struct probe_report report;

	flip_files_make();
	shared->flips = flips();
	report = run(role, TRACE_LEVEL_EVENTS, TRACE_LOSS_STOP, 1000, seen);
	flip_files_remove();
	print_message("# %s: %lu resolved, %lu not\n", role, (unsigned long)seen->resolved,
		      (unsigned long)seen->unresolved);
	assert_int_equal(report.lost, 0);
	assert_int_equal(seen->wrong, 0);
	assert_int_equal(seen->rootless, 0);
	assert_int_equal(seen->resolved + seen->unresolved, shared->flips);
}

static void test_flip_by_a_process(void **state _unused_)
{
	struct seen seen;

	need_bpf();
	flip_run("flip", &seen);
	assert_true(seen.resolved > 0);
	assert_int_equal(seen.unresolved, 0);
}

/* The thread could put another descriptor in the new one's place: only a security hook proves that it did not. */
static void test_flip_by_a_thread(void **state _unused_)
{
	struct seen seen;

	need_bpf();
	flip_run("flip-threads", &seen);
	if (probe_hooks_allowed())
		assert_true(seen.resolved > 0);
	else
		assert_int_equal(seen.resolved, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call_is_told),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_level_events),
		cmocka_unit_test(test_stop_loses_nothing),
		cmocka_unit_test(test_samples_stand_in_order),
		cmocka_unit_test(test_shortage_without_a_victim),
		cmocka_unit_test(test_drop_tells_what_is_missing),
		cmocka_unit_test(test_kill_ends_at_the_first_loss),
		cmocka_unit_test(test_objects_behind_descriptors),
		cmocka_unit_test(test_flip_by_a_process),
		cmocka_unit_test(test_flip_by_a_thread),
	};

	if (argc > 1)
		return role_main(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
