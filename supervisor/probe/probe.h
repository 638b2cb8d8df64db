/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel side's user: loads the BPF programs once per engine, says which sandbox is metered how, and takes back what was counted.
 * Context: all functions are called from one thread at a time; probe_open() itself may run in any.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/contract/event.h"
#include "lib/contract/gas.h"
#include "lib/contract/policy.h"
#include "lib/contract/result.h"

struct probe;
struct probe_step;

/* Why the kernel side ended a step. */
enum probe_end { /* numbers of bpf/abi/state.h */
		 PROBE_END_NONE = 0,
		 PROBE_END_GAS,
		 PROBE_END_LOSS,
		 PROBE_END_CPU,
};

enum { PROBE_STEPS_MAX = 256 };

struct probe_options {
	int group_fd; /* a cgroup directory, which has all steps' groups below it or is one's; lent for the call */
	unsigned levels_below; /* how far below it steps' groups are; 0: it is as deep as they */
	unsigned n_sandboxes;  /* that may live at once: 1..PROBE_STEPS_MAX */
	size_t ring_bytes;     /* of each CPU's ring: a power of two, whole pages; 0: no tracing */
	bool keep; /* what is loaded stays loaded when the probe is closed, for the next one that is like it; not with denials */
	bool denials; /* steps may be denied something */
	bool attach; /* at once, because a step follows soon; what fails then is said with the step */
};

/*
 * What security hooks refuse a step, with EACCES. Files are any descriptors of them (O_PATH too); they are what is denied, whatever path leads to
 * them. A program of `exec` is not started, and is no script's interpreter; a file of `open` is not opened at all, nor started.
 */
struct probe_denials {
	const int *exec, *open;
	size_t n_exec, n_open;
	unsigned connect; /* enum policy_peer */
};

struct probe_callbacks {
	/* An event, in order of `seq`. Lent for the call. NULL: none wanted. */
	void (*event)(void *userdata, const struct event *event);
	/* The kernel side ends the step: kill its group now. */
	void (*ended)(void *userdata, enum probe_end why);
	/* What probe_cpu_start() was given as left may be spent. NULL: nobody asks. */
	void (*cpu_spent)(void *userdata);
	/*
	 * Whether the seccomp filter refused a call with this number, these arguments and this result: its event is then of the kind DENIED. NULL: nobody
	 * knows.
	 */
	bool (*refused)(void *userdata, int nr, const uint64_t args[static EVENT_ARGS], int64_t ret);
	/* Freeze (true) or thaw the step's group: a reader that does not keep up holds it. NULL: not done. */
	void (*hold)(void *userdata, bool held);
};

struct probe_spec {
	int group_fd;			     /* the step's cgroup directory; lent for the call */
	const struct gas_schedule *schedule; /* NULL: nothing has a price; lent until probe_end() */
	uint64_t gas_limit; /* the step ends at the call that reaches it; LIMIT_NONE: no limit */
	enum policy_network network;
	enum trace_level level;
	enum trace_loss on_loss;
	uint64_t refusals[3]; /* bit e: the filter may refuse with errno e */
	const struct probe_denials *
		denials; /* lent until probe_end(), descriptors included; NULL: none. Needs probe_can_deny() */
	struct probe_callbacks callbacks;
	void *userdata;
};

/* Of all processes of a step together, at one moment. */
struct probe_sample {
	uint64_t memory_bytes, cpu_ns, processes;
};

/* What is known of a step when it is over. */
struct probe_report {
	struct step_counters counters;
	struct gas_account gas;
	enum probe_end end;
	int end_call;	     /* number of the call that led to it */
	uint64_t cpu_end_ns; /* of PROBE_END_CPU: what the group had had when its process was killed */
	uint64_t cpu_end_at_ns; /* CLOCK_MONOTONIC: its process runs no instruction of its own after it */
	uint64_t seq_end, received, lost; /* of events: seq_end is the sum of the others */
};

/*
 * Loads the programs: 30 to 100 ms of CPU time, or 1 where they were kept. Nothing is attached yet. On success the
 * caller closes it; on failure -errno (-EPERM: BPF is not permitted; -ENOTSUP: the kernel lacks something) with a fault of layer "bpf".
 */
int probe_open(const struct probe_options *options, struct probe **ret_probe, struct fault *fault);

/* Detaches and frees everything. No step may be left. Returns NULL. */
struct probe *probe_close(struct probe *probe);

/* A program of the kernel side, as the kernel knows it. */
struct probe_program_info {
	char name[32];
	uint32_t id; /* until it is unloaded */
	uint64_t tag; /* of its instructions: the kernel's hash of them, its bytes as a big-endian number */
};

/* What is loaded, from the `index`th on, 0..: true and `ret_info`, or false: there are no more. */
bool probe_program_info(const struct probe *probe, unsigned index,
			struct probe_program_info *ret_info);

/*
 * Whether security hooks are there: they say which file was opened also where threads share a table of descriptors, and refuse what a policy
 * denies. False when neither was asked for.
 */
bool probe_has_hooks(const struct probe *probe);

/* Whether steps can be denied something: the hooks are there, and were asked for with `denials`. */
bool probe_can_deny(const struct probe *probe);

/* Whether the kernel takes what ends a CPU budget: probe_cpu_open() can say yes. */
bool probe_has_clock(const struct probe *probe);

/* Whether the hooks of the steps' common group refuse sockets and devices that no step should get. Known after the first probe_begin(). */
bool probe_has_walls(const struct probe *probe);

/*
 * Meters what will run in a group. The group's first execve starts the program: what is done in it before is not counted, that execve is.
 * The programs are attached with the first step and stay so until probe_rest(). 0 or -errno with a fault; on success the
 * caller ends it with probe_end().
 */
int probe_begin(struct probe *probe, const struct probe_spec *spec, struct probe_step **ret_step,
		struct fault *fault);

/*
 * When everything in the group is dead (or the step was never started): delivers the last events, fills `report` (may be NULL), frees
 * the step. 0; -EBADMSG: the account is not the sum of its parts or events are unaccounted for, which is a fault of ours.
 */
int probe_end(struct probe_step *step, struct probe_report *report);

/*
 * Delivers what the rings hold (in a batch), and then the sample as an event of now. No-op for a step that is not traced, and before the
 * program's start.
 */
void probe_sample(struct probe_step *step, const struct probe_sample *sample);

/*
 * The step ends since its memory is spent, and whether the kernel has chosen a victim is not known. When no event tells of one by the end, one
 * without a process does.
 */
void probe_out_of_memory(struct probe_step *step);

/*
 * Opens the clocks of a CPU budget for the step's group (`group_fd`, lent): 20 us a CPU, 15 ms when no such clock is open on the host. 0; -EALREADY: they
 * are; -ENOTSUP or another -errno: the kernel cannot, and the caller watches alone.
 */
int probe_cpu_open(struct probe_step *step, int group_fd);

/*
 * Ends the step (PROBE_END_CPU) when its group has had `total_ns` of the CPUs since it was made, by the scheduler's account and never before: a
 * period of the clocks late, which is a 128th of `left_ns`, what is left of it now, and at least 20 us; later by what it has on several CPUs at
 * once between two ticks. callbacks.cpu_spent is called when the clocks have run for `left_ns`, which a hypervisor that takes the CPU away makes
 * early: also where the kernel does not show its account. May be called again with less left. Meant for the end of a budget, since until
 * then the processes are interrupted often. After probe_cpu_open(). 0 or -errno.
 */
int probe_cpu_start(struct probe_step *step, uint64_t left_ns, uint64_t total_ns);

/*
 * Detaches the programs when no step lives. Attaching anew may take the kernel some ms: meant for a pause. False: a step lives, and nothing
 * was done.
 */
bool probe_rest(struct probe *probe);

/* Readable when probe_urgent() has something to do: ends, holds and spent budgets, which do not wait behind events. Lent. */
int probe_urgent_fd(const struct probe *probe);

/* Calls the callbacks for those. 0 or -errno. */
int probe_urgent(struct probe *probe);

/* Readable when probe_poll() has something to do, urgent or not. Lent. */
int probe_fd(const struct probe *probe);

/*
 * Calls the callbacks for what the kernel side has to say, for at most `max_events` events. Returns whether more is there (1 or 0), or
 * -errno.
 */
int probe_poll(struct probe *probe, size_t max_events);
