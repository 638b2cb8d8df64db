/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this room share; nobody else includes it. */

#include <bpf/libbpf.h>

#include "bpf/abi/state.h"
#include "supervisor/probe/decode.h"
#include "supervisor/probe/merge.h"
#include "supervisor/probe/probe.h"
#include "supervisor/probe/ring.h"

enum { PROBE_PROGRAMS_MAX = 32, PROBE_NAME_MAX = 32 };

/* The maps that this side uses. */
enum probe_map {
	PROBE_MAP_SANDBOXES,
	PROBE_MAP_NOTICES,
	PROBE_MAP_RINGS,
	PROBE_MAP_VARIABLES, /* struct probe_bpf__bss */
	PROBE_MAP_MAX
};

struct probe_program {
	char name[PROBE_NAME_MAX];
	int fd, link;  /* link: -EBADF while it is not attached */
	uint32_t type; /* enum bpf_prog_type */
};

struct probe_bpf;
struct probe_bpf__bss;

struct probe {
	struct probe_program programs[PROBE_PROGRAMS_MAX];
	unsigned n_programs;
	int maps[PROBE_MAP_MAX];
	int marks_fd; /* of files that are denied; -EBADF: there are no hooks, or the set was kept */
	int group_fd; /* that all steps' groups lie in */
	bool walls; /* the group's hooks are among what is attached, or will be when something is */
	int set_fd; /* where programs and maps are kept (kept.h), ours as long as it is open; -EBADF: nowhere */
	struct probe_bpf__bss *variables; /* shared with the kernel side, as are the sandboxes */
	struct probe_sandbox *sandboxes;  /* shared with the kernel side */
	size_t sandboxes_bytes;
	struct probe_step **steps; /* by index; NULL: free */
	unsigned n_sandboxes, n_steps;
	struct ring_buffer *notices;
	struct ring *rings; /* by CPU; NULL: nothing can be traced */
	unsigned n_rings, ring_next;
	size_t ring_bytes;     /* 0: nothing can be traced */
	uint64_t *ring_limits; /* see drain.c */
	bool limits_set;
	int epoll_fd, more_fd; /* more_fd: an eventfd that says that a batch was not all */
};

struct probe_step {
	struct probe *probe;
	unsigned index;
	struct probe_place *place;
	const struct gas_schedule *schedule;
	struct probe_callbacks callbacks;
	void *userdata;
	bool ended;		 /* callbacks.ended was called */
	bool held;		 /* callbacks.hold(true) was called */
	int group_fd;		 /* of a step that may be held, otherwise -EBADF */
	struct decoder *decoder; /* NULL: not traced */
	struct merge merge;
	uint64_t seq_limit; /* see drain.c */
	uint64_t sample_ns; /* of a sample that waits (CLOCK_MONOTONIC); 0: none does */
	uint64_t sample_gas;
	struct probe_sample sample;
	bool out_of_memory;		     /* probe_out_of_memory() was called */
	bool victim_told;		     /* an event told of a victim */
	const struct probe_denials *denials; /* in force; NULL: none */
	int *clocks;			     /* of the CPU budget, a CPU each; NULL: not armed */
	unsigned n_clocks;
};

/* The step's part of the memory that is shared with the kernel side. */
static inline struct probe_sandbox *probe_step_state(const struct probe_step *step)
{
	return &step->probe->sandboxes[step->index];
}

/* Loads the programs into `probe`. 0 or -errno with a fault; probe_unload() in any case. */
int probe_load(struct probe *probe, const struct probe_options *options, struct fault *fault);

/* A fault about what the kernel refused, and what to do. Returns `error`. */
int probe_refused(int error, const char *what, struct fault *fault);

/* Whether this kernel lets programs be attached to its security hooks, and calls them. Some ms. */
bool probe_hooks_allowed(void);

/* Before the programs are loaded: whether those for the security hooks are among them. */
void probe_hooks_choose(struct probe_bpf *skeleton, bool wanted);

/* Puts in force what a step is denied, and takes it back. 0 or -errno with a fault, and then it has been taken back. */
int probe_denials_apply(struct probe_step *step, const struct probe_denials *denials,
			struct fault *fault);
void probe_denials_clear(struct probe_step *step);

/* The attach type of a program at a group, or negative for any other. */
int probe_wall_type(uint32_t program_type);

/* Detaches and unloads what is there. */
void probe_unload(struct probe *probe);

/* Attaches what is loaded; no-op when it is attached. 0 or -errno with a fault, and then nothing is attached. */
int probe_attach(struct probe *probe, struct fault *fault);

/* Detaches everything. */
void probe_detach(struct probe *probe);

/* The table from cgroups to states, shared with the kernel side. */
struct probe_place *probe_table(const struct probe *probe);

/* Gives each CPU a ring. 0 or -errno with a fault; probe_rings_close() in any case. */
int probe_rings_open(struct probe *probe, struct fault *fault);

void probe_rings_close(struct probe *probe);

/* Prepares a step for its events. 0 or -errno with a fault; probe_trace_end() in any case. */
int probe_trace_begin(struct probe_step *step, const struct probe_spec *spec, struct fault *fault);

/*
 * Everything of the step is dead: its last events are delivered, what is missing is told, and EVENT_END. A step that has not `begun` is only
 * cleared.
 */
void probe_trace_end(struct probe_step *step, bool begun);

/* Delivers at most `max` records of all steps. Returns how many were taken. */
size_t probe_drain(struct probe *probe, size_t max);

/* Tells the sample that waits, if any: `seq` is the number of the event that follows it. */
void probe_sample_tell(struct probe_step *step, uint64_t seq);

/* Has probe_fd() say that there is more to do. */
void probe_more(struct probe *probe);

/* The process and its group are held by the kernel side's SIGSTOP: user space holds the rest. */
void probe_hold(struct probe_step *step);

/* Lets go of every step that is held, when there is room again. */
void probe_release(struct probe *probe);

/* Puts a CPU's ring into the kernel side's table; fd -1 takes it out. 0 or -errno. */
int probe_ring_set(struct probe *probe, unsigned cpu, int fd);

/* Says that the reader is about to look: the next watermark wakes it anew. */
void probe_woken_clear(struct probe *probe);

/* The program of the CPU budget, or negative. Lent. */
int probe_cpu_program(const struct probe *probe);

/* Closes the clocks. */
void probe_cpu_close(struct probe_step *step);
