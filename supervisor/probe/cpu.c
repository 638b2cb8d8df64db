/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a CPU budget: a software clock for each CPU, bound to the step's group, with a BPF program behind it (bpf/cpu-budget.bpf.c), which
 * ends the step when it is spent, by the scheduler's own account.
 *
 * The clocks are opened when little is left, so that a program that never comes near its limit pays nothing. Their period is a part of what is left,
 * so small that the CPUs together overrun it by less than a period each; started again with less left, they are finer.
 */

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/probe/probe-internal.h"

enum {
	PERIODS = 128, /* a process that changes CPUs leaves less than a period on each: 1.3 % of the time goes to interrupts */
	PERIOD_MIN_NS = 20000, /* an interrupt takes about 1 us */
	PERIOD_NEVER_NS = 1000000000,
};

static int clock_open(struct probe_step *step, int group_fd, unsigned cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.size = sizeof(attr),
		.sample_period = PERIOD_NEVER_NS,
		.disabled = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, group_fd, (int)cpu, -1,
			  PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC);

	/* A CPU that is off. */
	if (fd < 0)
		return errno == ENODEV ? 0 : -errno;
	step->clocks[step->n_clocks++] = (int)fd;
	return ioctl((int)fd, PERF_EVENT_IOC_SET_BPF, probe_cpu_program(step->probe)) < 0 ? -errno :
											    0;
}

int probe_cpu_open(struct probe_step *step, int group_fd)
{
	unsigned n = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	int r = 0;

	if (step->clocks != NULL)
		return -EALREADY;
	if (probe_cpu_program(step->probe) < 0)
		return -ENOTSUP;
	step->clocks = new0(int, n);
	if (step->clocks == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < n && r == 0; i++)
		r = clock_open(step, group_fd, i);
	if (r < 0)
		probe_cpu_close(step);
	return r;
}

int probe_cpu_start(struct probe_step *step, uint64_t left_ns, uint64_t total_ns)
{
	uint64_t period_ns = MAX(left_ns / PERIODS, (uint64_t)PERIOD_MIN_NS);
	struct probe_sandbox *state = probe_step_state(step);

	state->config.cpu_period_ns = period_ns;
	__atomic_store_n(&state->config.cpu_total_ns, total_ns, __ATOMIC_SEQ_CST);
	__atomic_store_n(&state->counts.cpu_ns, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&state->config.cpu_budget_ns, left_ns, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < step->n_clocks; i++)
		if (ioctl(step->clocks[i], PERF_EVENT_IOC_PERIOD, &period_ns) < 0 ||
		    ioctl(step->clocks[i], PERF_EVENT_IOC_ENABLE, 0) < 0)
			return -errno;
	return 0;
}

void probe_cpu_close(struct probe_step *step)
{
	for (unsigned i = 0; i < step->n_clocks; i++)
		(void)fd_close(step->clocks[i]);
	free(step->clocks);
	step->clocks = NULL;
	step->n_clocks = 0;
}
