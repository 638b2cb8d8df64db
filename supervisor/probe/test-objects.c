/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events name the objects that the kernel used, also while another process or thread puts others in their place, and say so where
 * that cannot be known.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/probe/test-run.h"

enum {
	FLIPS = 100000, /* `make bench-exact` makes two million */
	FLIPS_SLOW = 20000,
	ALONE = 4711, /* offsets of lseek(), by which its events are known */
	SHARED = 4712,
	NONE = 4713,
};

/* What a run's events said of objects. */
static struct {
	uint64_t resolved, unresolved, rootless, wrong;
	struct {
		uint64_t inode;
		uint16_t flags;
	} objects[3]; /* of ALONE, SHARED and NONE */
} told;

static void object_note(const struct event *event)
{
	uint64_t inode[2];
	const struct event_bytes *path = &event->text[EVENT_TEXT_PATH];

	if ((event->flags & EVENT_RESOLVED) == 0) {
		told.unresolved++;
		/* Which file it is may be uncertain; where it lies is not. */
		told.rootless += path->size < 1 || path->data[0] != '/';
		return;
	}
	told.resolved++;
	memcpy(inode, event->text[EVENT_TEXT_INODE].data, sizeof(inode));
	/* "a" and "b" are links to two files: the path that the kernel followed says which. */
	if (path->size < 2 || inode[1] != shared->inodes[path->data[path->size - 1] == 'b' ? 1 : 0])
		told.wrong++;
}

static void seek_note(const struct event *event)
{
	const struct event_bytes *text = &event->text[EVENT_TEXT_INODE];
	uint64_t i = event->args[1] - ALONE;

	if (event->kind != EVENT_SYSCALL || event->nr != SYS_lseek || i >= ARRAY_SIZE(told.objects))
		return;
	told.objects[i].flags = event->flags;
	if (text->data != NULL)
		memcpy(&told.objects[i].inode, text->data + sizeof(uint64_t), sizeof(uint64_t));
}

static void note_objects(const struct event *event)
{
	seek_note(event);
	/* A sanitizer's runtime opens files as well. */
	if (event->nr == SYS_open && event->ret >= 0 &&
	    event->text[EVENT_TEXT_CLAIM].size == strlen("flip") &&
	    memcmp(event->text[EVENT_TEXT_CLAIM].data, "flip", strlen("flip")) == 0)
		object_note(event);
}

static struct probe_report run_noted(const char *role, enum trace_level level)
{
	struct seen seen;

	memset(&told, 0, sizeof(told));
	note = note_objects;
	return run(role, level, TRACE_LOSS_STOP, 1000, &seen);
}

/* --- roles --- */

/* "flip" is there at each moment, so that each open finds one of the two files. */
static void *flip(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		(void)renameat2(AT_FDCWD, "flip", AT_FDCWD, "other", RENAME_EXCHANGE);
	}
	return NULL;
}

static void role_flip(const struct shared *memory, bool threads)
{
	bool stop = false;
	pthread_t thread;
	pid_t pid = 0;

	if (chdir(memory->directory) < 0)
		_exit(2);
	if (threads)
		(void)pthread_create(&thread, NULL, flip, &stop);
	else if ((pid = fork()) == 0)
		(void)flip(&stop);
	for (uint64_t i = 0; i < memory->flips; i++) {
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
	struct shared *memory = role_memory();

	if (strcmp(role, "objects") == 0)
		role_objects(memory);
	else
		role_flip(memory, strcmp(role, "flip-threads") == 0);
	_exit(0);
}

/* --- tests --- */

static void test_objects_behind_descriptors(void **state _unused_)
{
	need_bpf();
	(void)run_noted("objects", TRACE_LEVEL_SYSCALLS);
	assert_int_not_equal(shared->inodes[0], 0);
	assert_int_equal(told.objects[0].inode, shared->inodes[0]);
	assert_int_equal(told.objects[0].flags, EVENT_RESOLVED);
	assert_int_equal(told.objects[SHARED - ALONE].inode, shared->inodes[0]);
	assert_int_equal(told.objects[SHARED - ALONE].flags, EVENT_UNRESOLVED);
	assert_int_equal(told.objects[NONE - ALONE].inode, 0);
	assert_int_equal(told.objects[NONE - ALONE].flags, 0);
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

static void flip_run(const char *role)
{
	struct probe_report report;

	flip_files_make();
	shared->flips = flips();
	report = run_noted(role, TRACE_LEVEL_EVENTS);
	flip_files_remove();
	print_message("# %s: %lu resolved, %lu not\n", role, (unsigned long)told.resolved,
		      (unsigned long)told.unresolved);
	assert_int_equal(report.lost, 0);
	assert_int_equal(told.wrong, 0);
	assert_int_equal(told.rootless, 0);
	assert_int_equal(told.resolved + told.unresolved, shared->flips);
}

static void test_flip_by_a_process(void **state _unused_)
{
	need_bpf();
	flip_run("flip");
	assert_true(told.resolved > 0);
	assert_int_equal(told.unresolved, 0);
}

/* The thread could put another descriptor in the new one's place: only a security hook proves that it did not. */
static void test_flip_by_a_thread(void **state _unused_)
{
	need_bpf();
	flip_run("flip-threads");
	if (probe_hooks_allowed())
		assert_true(told.resolved > 0);
	else
		assert_int_equal(told.resolved, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_behind_descriptors),
		cmocka_unit_test(test_flip_by_a_process),
		cmocka_unit_test(test_flip_by_a_thread),
	};

	if (argc > 1)
		return role_main(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
