/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security hooks (bpf/security.bpf.c): whether there are any, and what they refuse.
 *
 * A kernel that has them built in takes and attaches programs for them also when bpf is not among the security modules that it was booted with,
 * and never calls them. And storage at inodes is then no storage of ours. So a program is tried that notes that it was called: only where it was
 * are hooks used.
 *
 * A file is denied by a mark at its inode in memory. The mark lasts as long as the inode is held, which the caller's descriptor does. Bits
 * of other steps in the same mark are left alone; all marks are changed by one thread.
 */

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/skeleton.h"

/* "*value = 1; return 0", for the map behind `map_fd`. Returns the program or -errno. */
static int trial_load(int map_fd)
{
	const struct bpf_insn code[] = {
		{.code = BPF_LD | BPF_IMM | BPF_DW,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_VALUE,
		 .imm = map_fd},
		{0},
		{.code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_1, .imm = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_prog_load_opts options = {.sz = sizeof(options),
					     .expected_attach_type = BPF_LSM_MAC};
	int id = libbpf_find_vmlinux_btf_id("file_open", BPF_LSM_MAC);

	if (id <= 0)
		return -ENOTSUP;
	options.attach_btf_id = (__u32)id;
	return bpf_prog_load(BPF_PROG_TYPE_LSM, "try", "Dual BSD/GPL", code, ARRAY_SIZE(code),
			     &options);
}

bool probe_hooks_allowed(void)
{
	const __u32 first = 0;
	__u32 called = 0;
	_cleanup_close_ int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "called", sizeof(first),
						 sizeof(called), 1, NULL);
	_cleanup_close_ int program = map < 0 ? -EBADF : trial_load(map);
	_cleanup_close_ int link = program < 0 ? -EBADF : bpf_raw_tracepoint_open(NULL, program);
	_cleanup_close_ int opened = link < 0 ? -EBADF : open("/", O_RDONLY | O_CLOEXEC);

	return opened >= 0 && bpf_map_lookup_elem(map, &first, &called) == 0 && called == 1;
}

void probe_hooks_choose(struct probe_bpf *skeleton, bool wanted)
{
	struct bpf_program *const programs[] = {
		skeleton->progs.on_file_open,
		skeleton->progs.on_program,
		skeleton->progs.on_connect,
		skeleton->progs.on_message,
	};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		(void)bpf_program__set_autoload(programs[i], wanted);
	(void)bpf_map__set_autocreate(skeleton->maps.marks, wanted);
}

static bool is_empty(const struct probe_mark *mark)
{
	static const struct probe_mark nothing;

	return memcmp(mark, &nothing, sizeof(nothing)) == 0;
}

/* Sets or clears the step's bit at one file. */
static int mark_change(const struct probe_step *step, int fd, bool exec, bool on)
{
	int map = step->probe->marks_fd;
	uint64_t bit = UINT64_C(1) << step->index % 64;
	struct probe_mark mark = {0};
	__u64 *bits = exec ? &mark.exec[step->index / 64] : &mark.open[step->index / 64];

	if (bpf_map_lookup_elem(map, &fd, &mark) < 0 && errno != ENOENT)
		return -errno;
	*bits = on ? *bits | bit : *bits & ~bit;
	if (is_empty(&mark))
		return bpf_map_delete_elem(map, &fd) < 0 && errno != ENOENT ? -errno : 0;
	return bpf_map_update_elem(map, &fd, &mark, BPF_ANY) < 0 ? -errno : 0;
}

/* All of them, whatever becomes of one. 0 or the first -errno. */
static int marks_change(const struct probe_step *step, bool on)
{
	const struct probe_denials *denials = step->denials;
	int first = 0;

	for (size_t i = 0; i < denials->n_exec + denials->n_open; i++) {
		bool exec = i < denials->n_exec;
		int fd = exec ? denials->exec[i] : denials->open[i - denials->n_exec];
		int r = mark_change(step, fd, exec, on);

		if (first == 0)
			first = r;
	}
	return first;
}

_Static_assert((int)PROBE_DENY_UNIX == (int)POLICY_PEER_UNIX << 2 &&
		       (int)PROBE_DENY_OTHER == (int)POLICY_PEER_OTHER << 2,
	       "peers are those of policies");

int probe_denials_apply(struct probe_step *step, const struct probe_denials *denials,
			struct fault *fault)
{
	struct probe_config *config = &probe_step_state(step)->config;
	int r;

	config->deny = 0;
	if (denials == NULL)
		return 0;
	if (!probe_can_deny(step->probe))
		return fault_say(fault, -ENOTSUP, "bpf-lsm",
				 "this kernel calls no BPF programs at its security hooks");
	step->denials = denials;
	r = marks_change(step, true);
	if (r < 0) {
		probe_denials_clear(step);
		return fault_set(fault, r, "bpf-lsm", "cannot mark a file that is denied");
	}
	config->deny = denials->connect << 2;
	if (denials->n_exec > 0)
		config->deny |= PROBE_DENY_EXEC;
	if (denials->n_open > 0)
		config->deny |= PROBE_DENY_OPEN;
	return 0;
}

void probe_denials_clear(struct probe_step *step)
{
	if (step->denials != NULL)
		(void)marks_change(step, false);
	step->denials = NULL;
}
