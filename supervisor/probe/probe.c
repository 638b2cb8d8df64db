/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a probe and of its steps.
 *
 * A step is a state in the memory that is shared with the kernel side, and a place in the table that leads from a cgroup's id to it. The
 * place's id is written last and cleared first: whoever finds the id finds a complete state. A state is used again only after
 * probe_end(), when nothing lives in the old group.
 */

#include "supervisor/probe/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/probe/account.h"
#include "supervisor/probe/probe-internal.h"

_Static_assert((int)PROBE_STEPS_MAX == (int)PROBE_SANDBOXES_MAX,
	       "as many as the programs tell apart");

static int on_notice(void *userdata, void *data, size_t size)
{
	struct probe *probe = userdata;
	const struct probe_notice *notice = data;
	struct probe_step *step;

	if (size < sizeof(*notice) || notice->sandbox >= probe->n_sandboxes)
		return 0;
	step = probe->steps[notice->sandbox];
	if (step == NULL)
		return 0;
	if (notice->verdict == PROBE_NOTICE_STOPPED)
		probe_hold(step);
	if (notice->verdict == PROBE_NOTICE_CPU && step->callbacks.cpu_spent != NULL)
		step->callbacks.cpu_spent(step->userdata);
	/* A notice may be about the state's user before: the state itself says what holds. */
	if (!step->ended && probe_step_state(step)->counts.verdict != PROBE_VERDICT_NONE) {
		step->ended = true;
		if (step->callbacks.ended != NULL)
			step->callbacks.ended(step->userdata,
					      (enum probe_end)probe_step_state(step)->counts.verdict);
	}
	return 0;
}

static int watch_add(struct probe *probe, struct fault *fault)
{
	struct epoll_event event = {.events = EPOLLIN};

	probe->notices = ring_buffer__new(probe->maps[PROBE_MAP_NOTICES], on_notice, probe, NULL);
	if (probe->notices == NULL)
		return fault_set(fault, -errno, "bpf", "cannot map a ring");
	/* What an earlier owner of the maps was told is nobody's now. */
	(void)ring_buffer__consume(probe->notices);
	probe->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	probe->more_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (probe->epoll_fd < 0 || probe->more_fd < 0 ||
	    epoll_ctl(probe->epoll_fd, EPOLL_CTL_ADD, probe->more_fd, &event) < 0 ||
	    epoll_ctl(probe->epoll_fd, EPOLL_CTL_ADD, ring_buffer__epoll_fd(probe->notices),
		      &event) < 0)
		return fault_set(fault, -errno, "bpf", "cannot watch the rings");
	return 0;
}

int probe_open(const struct probe_options *options, struct probe **ret_probe, struct fault *fault)
{
	struct probe *probe = new0(struct probe, 1);
	int r;

	if (probe == NULL)
		return fault_set(fault, -ENOMEM, "bpf", "probe");
	probe->epoll_fd = probe->more_fd = probe->set_fd = probe->marks_fd = -EBADF;
	probe->group_fd = -EBADF;
	for (int i = 0; i < PROBE_MAP_MAX; i++)
		probe->maps[i] = -EBADF;
	probe->ring_bytes = options->ring_bytes;
	probe->n_sandboxes = options->n_sandboxes;
	probe->steps = new0(struct probe_step *, options->n_sandboxes);
	r = probe->steps == NULL ? fault_set(fault, -ENOMEM, "bpf", "probe") :
				   probe_load(probe, options, fault);
	if (r == 0)
		r = watch_add(probe, fault);
	if (r == 0 && options->ring_bytes > 0)
		r = probe_rings_open(probe, fault);
	if (r < 0) {
		(void)probe_close(probe);
		return r;
	}
	if (options->attach)
		(void)probe_attach(probe, NULL);
	*ret_probe = probe;
	return 0;
}

struct probe *probe_close(struct probe *probe)
{
	if (probe == NULL)
		return NULL;
	probe_rings_close(probe);
	ring_buffer__free(probe->notices);
	(void)fd_close(probe->epoll_fd);
	(void)fd_close(probe->more_fd);
	probe_unload(probe);
	(void)fd_close(probe->group_fd);
	free(probe->steps);
	free(probe);
	return NULL;
}

static struct probe_place *place_find(const struct probe *probe, uint64_t id)
{
	struct probe_place *table = probe_table(probe);

	for (unsigned i = 0; i < PROBE_TABLE_STEPS; i++) {
		struct probe_place *place = &table[(id + i) % PROBE_TABLE];

		if (place->cgroup_id == 0)
			return place;
	}
	return NULL;
}

static int state_fill(const struct probe_step *step, const struct probe_spec *spec, uint64_t id,
		      struct fault *fault)
{
	struct probe_sandbox *state = probe_step_state(step);
	int r;

	memset(&state->counts, 0, sizeof(state->counts));
	state->config.cpu_budget_ns = state->config.cpu_total_ns = LIMIT_NONE;
	r = account_prices(spec->schedule, &state->config);
	if (r < 0)
		return fault_set(fault, r, "gas", "the schedule has a price that is too large");
	state->config.cgroup_id = id;
	state->config.gas_limit = spec->schedule == NULL ? LIMIT_NONE : spec->gas_limit;
	state->config.level = spec->callbacks.event != NULL ? (__u32)spec->level : 0;
	state->config.loss = (__u32)spec->on_loss;
	state->config.loopback = spec->network == POLICY_NETWORK_LOOPBACK;
	memcpy(state->config.refusals, spec->refusals, sizeof(state->config.refusals));
	state->counts.phase = PROBE_PHASE_ARMED;
	return 0;
}

static int index_find(const struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_sandboxes; i++)
		if (probe->steps[i] == NULL)
			return (int)i;
	return -ENOSPC;
}

static int step_place(struct probe_step *step, uint64_t id, struct fault *fault)
{
	step->place = place_find(step->probe, id);
	if (step->place == NULL)
		return fault_say(fault, -ENOSPC, "bpf", "too many groups with alike numbers");
	step->place->index = step->index;
	__atomic_store_n(&step->place->cgroup_id, id, __ATOMIC_RELEASE);
	return 0;
}

int probe_begin(struct probe *probe, const struct probe_spec *spec, struct probe_step **ret_step,
		struct fault *fault)
{
	_cleanup_free_ struct probe_step *step = new0(struct probe_step, 1);
	int index = index_find(probe), r;
	struct stat st;

	if (step == NULL)
		return fault_set(fault, -ENOMEM, "bpf", "step");
	if (index < 0)
		return fault_say(fault, index, "bpf", "more steps than the probe was made for");
	/* The inode's number is the group's id: kernfs_node, include/linux/kernfs.h. */
	if (fstat(spec->group_fd, &st) < 0)
		return fault_set(fault, -errno, "bpf", "cannot read the group's id");
	step->probe = probe;
	step->index = (unsigned)index;
	step->schedule = spec->schedule;
	step->callbacks = spec->callbacks;
	step->userdata = spec->userdata;
	step->group_fd = -EBADF;
	r = state_fill(step, spec, st.st_ino, fault);
	if (r == 0)
		r = probe_denials_apply(step, spec->denials, fault);
	if (r == 0)
		r = probe_trace_begin(step, spec, fault);
	if (r == 0)
		r = probe_attach(probe, fault);
	if (r == 0)
		r = step_place(step, st.st_ino, fault);
	if (r < 0) {
		probe_trace_end(step, false);
		probe_denials_clear(step);
		return r;
	}
	probe->steps[index] = step;
	probe->n_steps++;
	*ret_step = TAKE_PTR(step);
	return 0;
}

static int report_fill(const struct probe_step *step, struct probe_report *report)
{
	const struct probe_sandbox *state = probe_step_state(step);

	account_counters(&state->counts, &report->counters);
	account_fill(step->schedule, state, &report->gas);
	report->end = (enum probe_end)state->counts.verdict;
	report->cpu_end_ns = state->counts.cpu_end_ns;
	report->cpu_end_at_ns = state->counts.cpu_end_at_ns;
	report->end_call = (int)state->counts.verdict_call;
	report->seq_end = state->counts.seq;
	report->lost = state->counts.lost;
	report->received = step->merge.received;
	return account_sums_up(&report->gas) && report->seq_end == report->received + report->lost ?
		       0 :
		       -EBADMSG;
}

int probe_end(struct probe_step *step, struct probe_report *report)
{
	struct probe_report own;
	struct probe *probe = step->probe;
	int r;

	probe_cpu_close(step);
	__atomic_store_n(&step->place->cgroup_id, 0, __ATOMIC_RELEASE);
	probe_trace_end(step, true);
	probe_denials_clear(step);
	r = report_fill(step, report != NULL ? report : &own);
	probe->steps[step->index] = NULL;
	probe->n_steps--;
	free(step);
	return r;
}

bool probe_rest(struct probe *probe)
{
	if (probe->n_steps > 0)
		return false;
	probe_detach(probe);
	return true;
}

int probe_urgent_fd(const struct probe *probe)
{
	return ring_buffer__epoll_fd(probe->notices);
}

int probe_urgent(struct probe *probe)
{
	int r = ring_buffer__consume(probe->notices);

	return MIN(r, 0);
}

int probe_fd(const struct probe *probe)
{
	return probe->epoll_fd;
}

void probe_more(struct probe *probe)
{
	const uint64_t one = 1;

	(void)!write(probe->more_fd, &one, sizeof(one));
}

int probe_poll(struct probe *probe, size_t max_events)
{
	struct epoll_event events[16];
	uint64_t more;
	int r;

	/* The rings tell of a wake-up once; what is left of a batch is told by more_fd. */
	(void)epoll_wait(probe->epoll_fd, events, ARRAY_SIZE(events), 0);
	(void)!read(probe->more_fd, &more, sizeof(more));
	r = probe_urgent(probe);
	if (r < 0)
		return r;
	if (probe->rings == NULL || probe_drain(probe, max_events) < max_events) {
		probe_release(probe);
		return 0;
	}
	probe_more(probe);
	return 1;
}
