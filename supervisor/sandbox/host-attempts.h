/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* All attempts of host probing, by the file that has them: each is a host_attempt, named by one row of host-layers.c. */

#include "supervisor/sandbox/host-probe.h"

/* host-namespace.c */
int try_user_namespace(const struct host_context *context, struct host_note *note);
int try_user_namespace_count(const struct host_context *context, struct host_note *note);
int try_pid_namespace(const struct host_context *context, struct host_note *note);
int try_mount_namespace(const struct host_context *context, struct host_note *note);
int try_net_namespace(const struct host_context *context, struct host_note *note);
int try_loopback(const struct host_context *context, struct host_note *note);
int try_ipc_namespace(const struct host_context *context, struct host_note *note);
int try_uts_namespace(const struct host_context *context, struct host_note *note);
int try_cgroup_namespace(const struct host_context *context, struct host_note *note);
int try_time_namespace(const struct host_context *context, struct host_note *note);

/* host-mount.c */
int try_open_tree(const struct host_context *context, struct host_note *note);
int try_mount_setattr(const struct host_context *context, struct host_note *note);
int try_tmpfs_limits(const struct host_context *context, struct host_note *note);
int try_move_mount(const struct host_context *context, struct host_note *note);
int try_pivot_root(const struct host_context *context, struct host_note *note);
int try_proc_subset(const struct host_context *context, struct host_note *note);

/* host-process.c */
int try_clone3_pidfd(const struct host_context *context, struct host_note *note);
int try_pidfd_signal(const struct host_context *context, struct host_note *note);
int try_close_range(const struct host_context *context, struct host_note *note);
int try_openat2(const struct host_context *context, struct host_note *note);
int try_memfd_seal(const struct host_context *context, struct host_note *note);
int try_realtime(const struct host_context *context, struct host_note *note);
int try_session_keyring(const struct host_context *context, struct host_note *note);

/* host-security.c */
int try_no_new_privs(const struct host_context *context, struct host_note *note);
int try_seccomp(const struct host_context *context, struct host_note *note);
int try_seccomp_notify(const struct host_context *context, struct host_note *note);
int try_seccomp_killable(const struct host_context *context, struct host_note *note);
int try_landlock(const struct host_context *context, struct host_note *note);
int try_yama(const struct host_context *context, struct host_note *note);
int try_core_pattern(const struct host_context *context, struct host_note *note);
int try_capabilities(const struct host_context *context, struct host_note *note);
int try_capability_rest(const struct host_context *context, struct host_note *note);

/* host-tree.c */
int try_cgroup_v2(const struct host_context *context, struct host_note *note);
int try_cgroup_child(const struct host_context *context, struct host_note *note);
int try_cgroup_clone(const struct host_context *context, struct host_note *note);
int try_cgroup_kill(const struct host_context *context, struct host_note *note);
int try_cgroup_freeze(const struct host_context *context, struct host_note *note);
int try_cgroup_delegation(const struct host_context *context, struct host_note *note);
int try_cpu_stat(const struct host_context *context, struct host_note *note);
int try_pressure(const struct host_context *context, struct host_note *note);
int try_cpu_clock(const struct host_context *context, struct host_note *note);

/* host-control.c */
int try_cgroup_memory(const struct host_context *context, struct host_note *note);
int try_cgroup_pids(const struct host_context *context, struct host_note *note);
int try_cgroup_cpu(const struct host_context *context, struct host_note *note);
int try_cgroup_cpuset(const struct host_context *context, struct host_note *note);
int try_cgroup_io(const struct host_context *context, struct host_note *note);
int try_memory_peak(const struct host_context *context, struct host_note *note);
int try_oom_events(const struct host_context *context, struct host_note *note);
int try_oom_group(const struct host_context *context, struct host_note *note);
int try_swap_limit(const struct host_context *context, struct host_note *note);
int try_pids_peak(const struct host_context *context, struct host_note *note);
int try_pids_events(const struct host_context *context, struct host_note *note);

/* host-bpf.c */
int try_bpf_types(const struct host_context *context, struct host_note *note);
int try_bpf_ring(const struct host_context *context, struct host_note *note);
int try_bpf_tracepoint(const struct host_context *context, struct host_note *note);
int try_bpf_function(const struct host_context *context, struct host_note *note);
int try_bpf_clock(const struct host_context *context, struct host_note *note);
int try_bpf_lsm(const struct host_context *context, struct host_note *note);
int try_bpf_device(const struct host_context *context, struct host_note *note);
int try_bpf_socket(const struct host_context *context, struct host_note *note);

/* host-machine.c */
int try_open_files(const struct host_context *context, struct host_note *note);
int try_locked_memory(const struct host_context *context, struct host_note *note);
int try_state_dir(const struct host_context *context, struct host_note *note);
int try_space_run(const struct host_context *context, struct host_note *note);
int try_space_tmp(const struct host_context *context, struct host_note *note);
