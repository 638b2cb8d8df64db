/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this room share; nobody else includes it. */

#include <bpf/libbpf.h>

#include "bpf/abi/state.h"
#include "supervisor/probe/probe.h"

struct probe_bpf;

struct probe {
	struct probe_bpf *skeleton;
	struct bpf_link **links; /* of every program that is loaded; NULL while nothing is attached */
	size_t n_programs;
	struct probe_sandbox *sandboxes; /* shared with the kernel side */
	size_t sandboxes_bytes;
	struct probe_step **steps; /* by index; NULL: free */
	unsigned n_sandboxes, n_steps;
	struct ring_buffer *notices;
	int epoll_fd;
};

struct probe_step {
	struct probe *probe;
	unsigned index;
	struct probe_place *place;
	const struct gas_schedule *schedule;
	struct probe_callbacks callbacks;
	void *userdata;
	bool ended; /* callbacks.ended was called */
	uint64_t received;
};

/* The step's part of the memory that is shared with the kernel side. */
static inline struct probe_sandbox *probe_step_state(const struct probe_step *step)
{
	return &step->probe->sandboxes[step->index];
}

/* Loads the programs into `probe`. 0 or -errno with a fault; probe_unload() in any case. */
int probe_load(struct probe *probe, const struct probe_options *options, struct fault *fault);

/* Detaches and unloads what is there. */
void probe_unload(struct probe *probe);

/* Attaches what is loaded; no-op when it is attached. 0 or -errno with a fault, and then nothing is attached. */
int probe_attach(struct probe *probe, struct fault *fault);

/* Detaches everything. */
void probe_detach(struct probe *probe);

/* The table from cgroups to states, shared with the kernel side. */
struct probe_place *probe_table(const struct probe *probe);

/* The ring of notices. Lent. */
int probe_notices_fd(const struct probe *probe);
