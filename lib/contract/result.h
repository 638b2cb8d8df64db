/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the engine says about a submission: section "Contracts" of docs/architecture.md, as structs. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/fault.h"
#include "lib/base/fd.h"
#include "lib/contract/gas.h"
#include "lib/contract/limits.h"
#include "lib/contract/verdict.h"

enum {
	RESULT_DENIED_MAX = 16, /* denials kept per step; the first one decides, more only explain */
	RESULT_MESSAGE_BYTES = 512,
	RESULT_DEGRADED_MAX = 16,
};

/* A system call that the seccomp filter refused and the supervisor was told of by the kernel. */
struct denied_call {
	int nr;		  /* number, in the architecture `arch` */
	uint32_t arch;	  /* AUDIT_ARCH_* */
	char syscall[32]; /* name, or "nr:arch" when it has none */
	uint64_t args[6];
	pid_t pid;     /* in the host's pid namespace */
	char comm[16]; /* the kernel's name of the thread: chosen by the program, shown escaped */
};

/* Where a number was read, e.g. "memory.peak", "memory.max_usage_in_bytes", "cpu.stat". Constants. */
struct step_sources {
	const char *cpu, *memory, *processes, *oom;
};

/* What the kernel's BPF programs counted of the program, from its first execve on. Threads count like processes. */
struct step_counters {
	bool present;	      /* false: nothing was counted (no BPF here), all is 0 */
	uint64_t syscalls;    /* completed calls, the sum of `calls` */
	uint64_t interrupted; /* calls that are made again after a signal, and returns from handlers */
	uint64_t calls[GAS_CALLS_MAX]; /* by number; the last one: other numbers and architectures */
	bool restarted[GAS_CALLS_MAX]; /* by number, likewise: some of `interrupted` were such calls, with ERESTARTSYS */
	uint64_t bytes;		      /* that calls moved: read, write, send, ... */
	uint64_t pages;		      /* that were asked for */
	uint64_t forks, execs, exits; /* of processes and threads */
	uint64_t minor_faults, major_faults;
	uint64_t switches, preemptions; /* context switches: by its own will, against it */
	uint64_t faulted, truncated;	/* texts of events that could not be read, or not whole */
	uint64_t denied_exec, denied_open, denied_connect; /* what security hooks refused */
	uint64_t denied_socket,
		denied_device; /* what had passed the filter and the mounts, and the group's hooks refused */
};

struct step_result {
	enum verdict verdict;
	bool ran;	 /* false: the step never started (skipped, or IE before the start) */
	int exit_code;	 /* 0..255, or -1 when a signal ended it */
	int exit_signal; /* 0 when it exited */
	uint64_t cpu_time_ns, user_time_ns, system_time_ns;
	uint64_t cpu_killed_ns; /* CPU time when the kernel side killed for the limit; 0: it did not. Dying takes some more */
	uint64_t wall_time_ns;
	uint64_t throttled_ns;
	uint64_t memory_peak_bytes;
	uint64_t processes_peak;
	uint64_t oom_kills;
	uint64_t pids_refused; /* forks that the process limit refused */
	uint64_t pressure_cpu_ns, pressure_memory_ns,
		pressure_io_ns; /* some-stall totals; UINT64_MAX: not there */
	bool oom_killed;
	uint32_t limits_hit;		     /* bit k: enum limit_key k */
	uint64_t stdout_bytes, stderr_bytes; /* what the program wrote, as far as it was let */
	int stdout_fd, stderr_fd; /* sealed memfds with the kept bytes; -EBADF when there are none */
	bool truncated;		  /* one of the streams passed its limit */
	struct denied_call denied[RESULT_DENIED_MAX];
	size_t n_denied;
	struct step_counters counters;
	struct gas_account gas; /* meaningful when a schedule was in force: gas.limit is then not 0 */
	struct step_sources sources;
	struct limits limits; /* those that were in force */
	double score;	      /* 0..1: what the checker gave */
	char checker_message[RESULT_MESSAGE_BYTES];
	struct fault fault; /* error 0 unless the verdict is IE */
};

struct test_result {
	char *name;
	struct step_result step;
};

/* A layer of the sandbox and what was found of it. Names are stable: "user-namespace", "seccomp", "landlock", ... */
struct layer_state {
	const char *name;
	const char *state; /* "on", "off (policy)", "absent: ..." */
};

enum { LAYERS_MAX = 24 };

struct run_result {
	char id[37]; /* random UUID */
	enum verdict verdict;
	double score; /* accepted cases over all cases, 0..1 */
	char message[RESULT_MESSAGE_BYTES];
	bool has_compile;
	struct step_result compile;
	struct test_result *tests;
	size_t n_tests;
	struct layer_state layers[LAYERS_MAX];
	size_t n_layers;
	char *degraded[RESULT_DEGRADED_MAX]; /* layers given up by --allow-degraded, owned */
	size_t n_degraded;
	const char *cgroup_mode; /* "v2" or "hybrid" */
	const struct gas_schedule
		*gas_schedule; /* what steps were charged by; lent; NULL: nothing was priced */
};

/* A step_result that holds nothing: fds -EBADF, verdict SK. */
void step_result_init(struct step_result *step);

/* Closes the fds of a step and makes it empty again. */
void step_result_clear(struct step_result *step);

/* Frees everything in the result (not the struct itself). */
void run_result_clear(struct run_result *result);
