/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel side adds to one system call, in ns: for a process outside while a sandbox lives, with counters and gas, and with an event of every
 * call; and, as floors, what programs add that do nothing, or that only ask whose task it is (bpf/bench/floor.bpf.c). The same loop is measured
 * in each state, in turn, round after round; the best of each is taken, since noise only adds. In some of the rounds it is measured under what
 * else traces or counts calls, where that is installed; one that this kernel refuses is named.
 *
 * getppid() is the call that does least; fcntl(F_GETFD) is one with a descriptor, whose event has the object behind it.
 *
 *   bench-calls [ROUNDS]
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/bench/floor.skel.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/mem.h"
#include "lib/contract/limits.h"
#include "supervisor/probe/probe.h"
#include "tools/bench/bench-engine.h"
#include "tools/bench/group.h"

enum {
	ROUNDS = 10,
	LOOPS = 300,
	CALLS = 2000,	/* short: on a busy machine some loop is not interrupted */
	PEER_EVERY = 4, /* rounds: bpftrace takes a second to start */
	PEER_LOOPS = 40,
	PEER_CALLS = 500, /* strace takes 100 times as long */
	RESULT_FD = 9,
	RING_BYTES = 16 << 20,
	COMMAND_WORDS = 4,
};

enum state {
	STATE_BARE,
	STATE_NOTHING, /* a program that does nothing */
	STATE_WHOSE,   /* one that looks at whose task it is, and does nothing else */
	STATE_OUTSIDE,
	STATE_GAS,
	STATE_EVENT,
	STATE_MAX,
};

static const char *const state_names[STATE_MAX] = {
	"nothing attached",
	"floor: an empty program",
	"floor: one that asks whose task",
	"outside, while a sandbox lives",
	"counters, gas and limit",
	"an event of every call",
};

/* What runs the loop beside us: its words, and then the loop's command, as words or (bpftrace) as one. */
static const struct peer {
	const char *name, *words[7];
	bool one_word;
} peers[] = {
	{"strace -f -c", {"strace", "-f", "-c", "-o", "/dev/null"}, false},
	{"strace -f", {"strace", "-f", "-o", "/dev/null"}, false},
	{"perf trace -s", {"perf", "trace", "-s", "-o", "/dev/null", "--"}, false},
	{"perf trace", {"perf", "trace", "-o", "/dev/null", "--"}, false},
	{"bpftrace, counts by call",
	 {"bpftrace", "-o", "/dev/null", "-e",
	  "tracepoint:raw_syscalls:sys_exit /pid == cpid/ { @[args->id] = count(); }", "-c"},
	 true},
	{"bpftrace, a line of every call",
	 {"bpftrace", "-o", "/dev/null", "-e",
	  "tracepoint:raw_syscalls:sys_exit /pid == cpid/ { printf(\"%d %d\\n\", args->id, args->ret); }",
	  "-c"},
	 true},
};

/* The best of a row; 0: nothing was measured. */
struct best {
	double states[STATE_MAX], peers[ARRAY_SIZE(peers)];
	int refused[ARRAY_SIZE(peers)]; /* wait status of a peer that did not run the loop */
	bool absent[ARRAY_SIZE(peers)];
};

static struct bench_group group;
static double *shared;

static const struct {
	const char *name;
	long number;
} calls[] = {{"getppid()", SYS_getppid}, {"fcntl(F_GETFD)", SYS_fcntl}};

static long number; /* of the call that is measured */

static double call_ns(int loops, int calls_a_loop)
{
	double best = 1e9;

	for (int i = 0; i < loops; i++) {
		uint64_t start = clock_now_ns(CLOCK_MONOTONIC);

		for (int j = 0; j < calls_a_loop; j++)
			(void)syscall(number, RESULT_FD, F_GETFD);
		best = MIN(best, (double)(clock_now_ns(CLOCK_MONOTONIC) - start) / calls_a_loop);
	}
	return best;
}

/* The inner program: measures itself, puts the result into the shared memory of `file`. With `peer`, fewer times. */
static int inner_main(const char *call, const char *file, bool peer)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	double *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (result == MAP_FAILED || dup2(fd, RESULT_FD) < 0)
		return 1;
	number = strtol(call, NULL, 10);
	*result = peer ? call_ns(PEER_LOOPS, PEER_CALLS) : call_ns(LOOPS, CALLS);
	return 0;
}

static void on_event(void *userdata, const struct event *event _unused_)
{
	++*(unsigned long *)userdata;
}

static struct inner_command {
	char program[24], call[24], file[40];
} inner;

/* Words by which the loop is run. A peer may close what it does not know: the memory is opened anew. */
static void inner_prepare(void)
{
	(void)snprintf(inner.program, sizeof(inner.program), "/proc/%d/exe", getpid());
	(void)snprintf(inner.call, sizeof(inner.call), "%ld", number);
	(void)snprintf(inner.file, sizeof(inner.file), "/proc/%d/fd/%d", getpid(), RESULT_FD);
}

static double run_inside(struct probe *probe)
{
	const char *const argv[] = {inner.program, "--inner", inner.call, inner.file, NULL};
	pid_t pid = bench_group_run(&group, argv);

	while (waitpid(pid, NULL, WNOHANG) == 0)
		if (probe_poll(probe, 4096) == 0)
			(void)usleep(500);
	return *shared;
}

static double measure(struct probe *probe, enum state state)
{
	static struct gas_schedule schedule = {
		.n_classes = 1, .bytes_unit = 1, .classes = {{.name = "call", .price = 1}}};
	unsigned long events = 0;
	const struct probe_spec spec = {
		.group_fd = group.fd,
		.schedule = &schedule,
		.gas_limit = UINT64_MAX - 1,
		.level = state == STATE_EVENT ? TRACE_LEVEL_SYSCALLS : TRACE_LEVEL_COUNTERS,
		.on_loss = TRACE_LOSS_DROP,
		.callbacks = {.event = on_event},
		.userdata = &events,
	};
	struct probe_step *step;
	struct fault fault = {0};
	double ns;

	if (state == STATE_BARE) {
		(void)probe_rest(probe);
		return call_ns(LOOPS, CALLS);
	}
	if (probe_begin(probe, &spec, &step, &fault) < 0)
		bench_fail("probe_begin", &fault);
	ns = state == STATE_OUTSIDE ? call_ns(LOOPS, CALLS) : run_inside(probe);
	(void)probe_end(step, NULL);
	return ns;
}

/* With a program of bpf/bench attached instead of the probe's: no sandbox lives then, and what it adds does not depend on that. */
static double floor_ns(bool asks)
{
	struct floor_bpf *floor = floor_bpf__open();
	struct bpf_link *link;
	double ns;

	if (floor == NULL || floor_bpf__load(floor) < 0)
		bench_fail("bpf/bench/floor.bpf.c", NULL);
	link = bpf_program__attach(asks ? floor->progs.on_exit_whose : floor->progs.on_exit_nothing);
	if (link == NULL)
		bench_fail("bpf/bench/floor.bpf.c", NULL);
	ns = call_ns(LOOPS, CALLS);
	(void)bpf_link__destroy(link);
	floor_bpf__destroy(floor);
	return ns;
}

/* One probe without events, as a run without a trace has it, and one with. */
static double state_run(enum state state)
{
	const struct probe_options options = {
		.group_fd = group.fd,
		.n_sandboxes = 1,
		.ring_bytes = state == STATE_EVENT ? RING_BYTES : 0,
	};
	struct probe *probe;
	struct fault fault = {0};
	double ns;

	if (state == STATE_NOTHING || state == STATE_WHOSE)
		return floor_ns(state == STATE_WHOSE);
	if (probe_open(&options, &probe, &fault) < 0)
		bench_fail("probe_open", &fault);
	ns = measure(probe, state);
	(void)probe_close(probe);
	return ns;
}

/* Waits for a peer that runs the loop. Returns its status, or -1: it is not installed. */
static int peer_spawn(const struct peer *peer)
{
	const char *argv[ARRAY_SIZE(peer->words) + COMMAND_WORDS + 2] = {NULL};
	posix_spawn_file_actions_t actions;
	char command[160];
	int n = 0, status = -1;
	pid_t pid;

	while (peer->words[n] != NULL) {
		argv[n] = peer->words[n];
		n++;
	}
	(void)snprintf(command, sizeof(command), "%s --peer %s %s", inner.program, inner.call,
		       inner.file);
	if (peer->one_word) {
		argv[n] = command;
	} else {
		argv[n] = inner.program;
		argv[n + 1] = "--peer";
		argv[n + 2] = inner.call;
		argv[n + 3] = inner.file;
	}
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ) == 0)
		(void)waitpid(pid, &status, 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	return status;
}

static void peers_run(struct best *best)
{
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		int status;

		if (best->absent[i])
			continue;
		*shared = 1e9;
		status = peer_spawn(&peers[i]);
		best->absent[i] = status == -1;
		if (*shared < 1e9)
			best->peers[i] = MIN(best->peers[i], *shared);
		else
			best->refused[i] = status;
	}
}

static void row_print(const char *name, double ns, double bare)
{
	(void)printf("%-34s %8.0f %+8.0f %8.2f\n", name, ns, ns - bare, ns / bare);
}

static void call_measure(const char *name, int rounds)
{
	struct best best = {0};
	double bare;

	for (enum state state = 0; state < STATE_MAX; state++)
		best.states[state] = 1e9;
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		best.peers[i] = 1e9;
	inner_prepare();
	for (int round = 0; round < rounds; round++) {
		for (enum state state = 0; state < STATE_MAX; state++)
			best.states[state] = MIN(best.states[state], state_run(state));
		if (round % PEER_EVERY == 0)
			peers_run(&best);
	}
	bare = best.states[STATE_BARE];
	(void)printf("%-34s %8s %8s %8s\n", name, "ns", "added", "ratio");
	for (enum state state = 0; state < STATE_MAX; state++)
		row_print(state_names[state], best.states[state], bare);
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		if (best.peers[i] < 1e9)
			row_print(peers[i].name, best.peers[i], bare);
		else if (!best.absent[i])
			(void)printf("%-34s  does not run here, wait status 0x%x\n", peers[i].name,
				     (unsigned)best.refused[i]);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	int result_fd = memfd_create("result", MFD_CLOEXEC);
	int rounds = argc == 2 ? (int)strtoul(argv[1], NULL, 10) : ROUNDS;

	if (argc > 3 && (strcmp(argv[1], "--inner") == 0 || strcmp(argv[1], "--peer") == 0))
		return inner_main(argv[2], argv[3], strcmp(argv[1], "--peer") == 0);
	if (argc > 2 || rounds < 1) {
		(void)fprintf(stderr, "usage: bench-calls [ROUNDS]\n");
		return 2;
	}
	if (result_fd < 0 || ftruncate(result_fd, sizeof(double)) < 0)
		bench_fail("memfd", NULL);
	shared = mmap(NULL, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED, result_fd, 0);
	if (shared == MAP_FAILED)
		bench_fail("mmap", NULL);
	(void)dup2(result_fd, RESULT_FD);
	group = bench_group_make();
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		number = calls[i].number;
		call_measure(calls[i].name, rounds);
	}
	bench_group_remove(&group);
	return 0;
}
