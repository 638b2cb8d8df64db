/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The metering of one step: between the step's life and the kernel side (supervisor/probe). */

#include <stdbool.h>

#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "supervisor/probe/probe.h"
#include "supervisor/sandbox/cgroup.h"

struct step_meter_spec {
	struct probe *probe;		     /* NULL: nothing is counted */
	const struct gas_schedule *schedule; /* NULL: nothing has a price */
	uint64_t gas_limit;
	enum policy_network network;
	enum trace_level level;
	enum trace_loss on_loss;
	void (*event)(void *userdata, const struct event *event); /* NULL: none wanted */
	const struct policy_filter *filter;  /* that the step runs under; NULL: none */
	const struct probe_denials *denials; /* NULL: nothing is denied */
	void *userdata;
};

/* What the kernel side asks of the step, from the loop. */
struct step_meter_hooks {
	void (*ended)(void *userdata);		 /* kill it */
	void (*hold)(void *userdata, bool held); /* freeze or thaw its group */
	void (*cpu_spent)(void *userdata); /* what step_meter_cpu_start() was given may be spent */
};

struct step_meter {
	struct step_meter_spec spec;
	struct step_meter_hooks hooks;
	void *userdata;
	struct probe_step *step; /* NULL before the begin and after the end */
	bool over_gas, over_cpu;
	uint64_t cpu_end_ns; /* over_cpu: what the group had had by then */
};

/* Keeps what is asked for. */
void step_meter_init(struct step_meter *meter, const struct step_meter_spec *spec,
		     const struct step_meter_hooks *hooks, void *userdata);

/* Starts it in the step's group, before anything is in it. 0 or -errno with a fault. */
int step_meter_begin(struct step_meter *meter, int group_fd, struct fault *fault);

/* Prepares the kernel's clock for the step's group (`group_fd`, lent). 0, or -errno: there is none. */
int step_meter_cpu_open(struct step_meter *meter, int group_fd);

/* Ends the step when the group has had `total_ns` of the CPUs, of which `left_ns` are left: see probe_cpu_start(). After step_meter_cpu_open(). */
int step_meter_cpu_start(struct step_meter *meter, uint64_t left_ns, uint64_t total_ns);

/* Whether somebody takes its events, now. */
bool step_meter_is_traced(const struct step_meter *meter);

/* Puts a sample among the events. After step_meter_begin(). */
void step_meter_sample(struct step_meter *meter, const struct cgroup_sample *sample);

/* Memory was short, and the step was ended for it: see probe_out_of_memory(). No-op for a meter that never began. */
void step_meter_out_of_memory(struct step_meter *meter);

/*
 * Ends it when nothing lives in the group: the last events are delivered, counters, gas and a fault of ours go into `step` (NULL: nobody wants
 * them). No-op for a meter that never began.
 */
void step_meter_end(struct step_meter *meter, struct step_result *step);
