/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A program that is run with a trace, for tests of events: what every one of them has to be true of is checked here, what a test looks
 * at besides is its own. Programs are the test file itself, executed anew with a role.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>

#include "lib/base/test-scale.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

enum { RING_BYTES = 1 << 20 };

/* What a role shares with its test. */
struct shared {
	uint64_t flood_msec, flips;
	uint64_t calls[2];  /* made by each of two processes */
	uint64_t inodes[2]; /* of two files */
	char directory[64];
};

/* What the events of a run said. */
struct seen {
	uint64_t next, events, gaps, missing, kinds[EVENT_KIND_MAX], ended_seq, ended_lost;
	bool disordered, ended;
	int group, holds;
};

static struct probe *probe;
static struct shared *shared;
static int shared_fd = -EBADF;
static char refusal[256];
static int run_status;
static void (*note)(const struct event *event); /* also has each event; NULL: nobody */
static void (*beside)(
	struct probe_step *step); /* called again and again while a program runs; NULL: nothing */
static void (*at_end)(struct probe_step *step); /* called before a step ends; NULL: nothing */

static inline int setup(void **state _unused_)
{
	struct probe_options options = {.n_sandboxes = 2, .ring_bytes = RING_BYTES};

	shared = shared_make(sizeof(*shared), &shared_fd);
	assert_non_null(shared);
	assert_true(probe_for_test(&options, &probe, refusal));
	return 0;
}

static inline int teardown(void **state _unused_)
{
	probe = probe_close(probe);
	(void)fd_close(tree_fd);
	return 0;
}

static inline void need_bpf(void)
{
	if (probe != NULL)
		return;
	print_message("# missing: %s\n", refusal);
	skip();
}

static inline void on_event(void *userdata, const struct event *event)
{
	struct seen *seen = userdata;

	seen->events++;
	seen->kinds[event->kind]++;
	seen->disordered |= event->seq != seen->next;
	seen->next = event->seq + (event->kind != EVENT_SAMPLE);
	if (event->kind == EVENT_GAP) {
		seen->gaps++;
		seen->missing += event->args[0];
		seen->next = event->seq + event->args[0];
	}
	if (event->kind == EVENT_END) {
		seen->ended = true;
		seen->ended_seq = event->args[0];
		seen->ended_lost = event->args[2];
	}
	if (note != NULL)
		note(event);
}

static inline void on_ended(void *userdata, enum probe_end why _unused_)
{
	(void)file_write(((struct seen *)userdata)->group, "cgroup.kill", "1");
}

static inline void on_hold(void *userdata, bool held)
{
	struct seen *seen = userdata;

	seen->holds += held;
	(void)file_write(seen->group, "cgroup.freeze", held ? "1" : "0");
}

/* Runs a role; the reader sleeps `stall_usec` between two looks. */
static inline struct probe_report run(const char *role, enum trace_level level,
				      enum trace_loss loss, unsigned stall_usec, struct seen *seen)
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
		if (beside != NULL)
			beside(step);
		while (probe_poll(probe, 4096) > 0)
			;
		(void)usleep(stall_usec);
	}
	assert_true(group_settle(probe, group, name));
	if (at_end != NULL)
		at_end(step);
	assert_int_equal(probe_end(step, &report), 0);
	assert_false(seen->disordered);
	assert_true(seen->ended);
	assert_int_equal(seen->missing, report.lost);
	assert_int_equal(seen->ended_lost, report.lost);
	assert_int_equal(seen->ended_seq, report.seq_end);
	assert_int_equal(report.received + report.lost, report.seq_end);
	return report;
}

/* The memory that a role shares with its test; ends the program where there is none. */
static inline struct shared *role_memory(void)
{
	struct shared *memory =
		mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);

	if (memory == MAP_FAILED)
		_exit(1);
	return memory;
}
