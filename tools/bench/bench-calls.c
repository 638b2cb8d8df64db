/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel side adds to one system call, in ns: for a process outside while a sandbox lives, with counters and gas, and with an event of every
 * call. The same loop is measured in each state, in turn, round after round; the best of each is taken, since noise only adds.
 *
 * getppid() is the call that does least; fcntl(F_GETFD) is one with a descriptor, whose event has the object behind it.
 */

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/mem.h"
#include "lib/contract/limits.h"
#include "supervisor/probe/probe.h"
#include "tools/bench/bench-engine.h"

enum { ROUNDS = 10, LOOPS = 30, CALLS = 20000, RESULT_FD = 9, RING_BYTES = 16 << 20 };

enum state { STATE_BARE, STATE_OUTSIDE, STATE_GAS, STATE_EVENT, STATE_MAX };

static const char *const state_names[STATE_MAX] = {
	"nothing attached",
	"outside, while a sandbox lives",
	"counters, gas and limit",
	"an event of every call",
};

static int group_fd = -EBADF;
static char group_path[64];
static double *shared;

static const struct {
	const char *name;
	long number;
} calls[] = {{"getppid()", SYS_getppid}, {"fcntl(F_GETFD)", SYS_fcntl}};

static long number; /* of the call that is measured */

static double call_ns(void)
{
	double best = 1e9;

	for (int i = 0; i < LOOPS; i++) {
		uint64_t start = clock_now_ns(CLOCK_MONOTONIC);

		for (int j = 0; j < CALLS; j++)
			(void)syscall(number, RESULT_FD, F_GETFD);
		best = MIN(best, (double)(clock_now_ns(CLOCK_MONOTONIC) - start) / CALLS);
	}
	return best;
}

/* The inner program: measures itself, puts the result into shared memory. */
static int inner_main(const char *call)
{
	double *result =
		mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED, RESULT_FD, 0);

	if (result == MAP_FAILED)
		return 1;
	number = strtol(call, NULL, 10);
	*result = call_ns();
	return 0;
}

static void on_event(void *userdata, const struct event *event _unused_)
{
	++*(unsigned long *)userdata;
}

static void group_open(void)
{
	static const char *const trees[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};

	for (size_t i = 0; i < ARRAY_SIZE(trees) && group_fd < 0; i++) {
		(void)snprintf(group_path, sizeof(group_path), "%s/assay-bench-%d", trees[i],
			       getpid());
		if (mkdir(group_path, 0755) == 0)
			group_fd = open(group_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (group_fd < 0)
		bench_fail("no cgroup can be made", NULL);
}

static double run_inside(struct probe *probe, int result_fd)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)group_fd,
	};
	char call[24];
	pid_t pid;

	(void)snprintf(call, sizeof(call), "%ld", number);
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		(void)dup2(result_fd, RESULT_FD);
		(void)execl("/proc/self/exe", "bench-calls", "--inner", call, NULL);
		_exit(127);
	}
	if (pid < 0)
		bench_fail("clone3", NULL);
	while (waitpid(pid, NULL, WNOHANG) == 0)
		if (probe_poll(probe, 4096) == 0)
			(void)usleep(500);
	return *shared;
}

static double measure(struct probe *probe, enum state state, int result_fd)
{
	static struct gas_schedule schedule = {
		.n_classes = 1, .bytes_unit = 1, .classes = {{.name = "call", .price = 1}}};
	unsigned long events = 0;
	const struct probe_spec spec = {
		.group_fd = group_fd,
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
		return call_ns();
	}
	if (probe_begin(probe, &spec, &step, &fault) < 0)
		bench_fail("probe_begin", &fault);
	ns = state == STATE_OUTSIDE ? call_ns() : run_inside(probe, result_fd);
	(void)probe_end(step, NULL);
	return ns;
}

/* One probe without events, as a run without a trace has it, and one with. */
static void rounds_run(int result_fd, double best[static STATE_MAX])
{
	for (int round = 0; round < ROUNDS; round++)
		for (enum state state = 0; state < STATE_MAX; state++) {
			const struct probe_options options = {
				.group_fd = group_fd,
				.n_sandboxes = 1,
				.ring_bytes = state == STATE_EVENT ? RING_BYTES : 0,
			};
			struct probe *probe;
			struct fault fault = {0};

			if (probe_open(&options, &probe, &fault) < 0)
				bench_fail("probe_open", &fault);
			best[state] = MIN(best[state], measure(probe, state, result_fd));
			(void)probe_close(probe);
		}
}

static void call_measure(const char *name, int result_fd)
{
	double best[STATE_MAX] = {1e9, 1e9, 1e9, 1e9};

	rounds_run(result_fd, best);
	(void)printf("%-34s %8s %8s\n", name, "ns", "added");
	for (enum state state = 0; state < STATE_MAX; state++)
		(void)printf("%-34s %8.0f %+8.0f\n", state_names[state], best[state],
			     best[state] - best[STATE_BARE]);
}

int main(int argc, char **argv)
{
	int result_fd = memfd_create("result", MFD_CLOEXEC);

	if (argc > 2 && strcmp(argv[1], "--inner") == 0)
		return inner_main(argv[2]);
	if (result_fd < 0 || ftruncate(result_fd, sizeof(double)) < 0)
		bench_fail("memfd", NULL);
	shared = mmap(NULL, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED, result_fd, 0);
	if (shared == MAP_FAILED)
		bench_fail("mmap", NULL);
	(void)dup2(result_fd, RESULT_FD);
	group_open();
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		number = calls[i].number;
		call_measure(calls[i].name, result_fd);
	}
	(void)rmdir(group_path);
	return 0;
}
