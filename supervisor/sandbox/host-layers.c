/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers, as a table: what each is called, which policies need it, what it is for, what to do
 * when it is absent, and how it is tried.
 *
 * Names are read by scripts and stand in results: they are never changed or given another meaning.
 * Rows stand by group, in the order in which they are printed; within a group what everything rests
 * on comes first.
 *
 * need: HOST_NEED_ALL is for what a sandbox is made of, so that the engine refuses to run without
 * it. What makes a sandbox better or a figure exact is optional. A remedy is a sentence to a person
 * who can change the host.
 */

#include "supervisor/sandbox/host-attempts.h"

#define NS HOST_GROUP_NAMESPACES
#define MNT HOST_GROUP_MOUNTS
#define PROC HOST_GROUP_PROCESSES
#define SEC HOST_GROUP_SECURITY
#define CG HOST_GROUP_CGROUPS
#define BPF HOST_GROUP_BPF
#define HW HOST_GROUP_MACHINE

#define ALL HOST_NEED_ALL
#define OPTIONAL HOST_NEED_NONE

#define CHILD (HOST_AS_ROOT | HOST_IN_CHILD)
#define IN_V2 (HOST_AS_ROOT | HOST_IN_V2)

#define KERNEL(option) "Boot a kernel with " option "=y."
#define SINCE(version) \
	"Boot Linux " version " or later, and outside of a container that filters calls."

#define V2_TREE                                                                \
	"Boot with systemd.unified_cgroup_hierarchy=1, or mount the v2 tree: " \
	"mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified."
#define CONTROLLER(name, option)                                                                \
	"Boot a kernel with " option "=y and without cgroup_disable=" name "; in a container, " \
	"have the " name " controller delegated to it."

static const struct host_row rows[] = {
	/* namespaces */
	{{"user-namespace", NS, ALL, "user ids that mean nothing on the host",
	  KERNEL("CONFIG_USER_NS")},
	 try_user_namespace,
	 CHILD},
	{{"user-namespace-count", NS, OPTIONAL, "a user namespace for each sandbox at once",
	  "sysctl user.max_user_namespaces=4096."},
	 try_user_namespace_count,
	 0},
	{{"pid-namespace", NS, ALL, "processes of the host out of reach", KERNEL("CONFIG_PID_NS")},
	 try_pid_namespace,
	 CHILD},
	{{"mount-namespace", NS, ALL, "a file system of its own",
	  "Run Assay with CAP_SYS_ADMIN, outside of a container that filters calls."},
	 try_mount_namespace,
	 CHILD},
	{{"network-namespace", NS, ALL, "no network of the host", KERNEL("CONFIG_NET_NS")},
	 try_net_namespace,
	 CHILD},
	{{"loopback", NS, HOST_NEED_LOOPBACK, "a network that ends in the sandbox",
	  KERNEL("CONFIG_INET")},
	 try_loopback,
	 CHILD},
	{{"ipc-namespace", NS, ALL, "no shared memory of the host", KERNEL("CONFIG_IPC_NS")},
	 try_ipc_namespace,
	 CHILD},
	{{"uts-namespace", NS, ALL, "a host name of its own", KERNEL("CONFIG_UTS_NS")},
	 try_uts_namespace,
	 CHILD},
	{{"cgroup-namespace", NS, ALL, "no path of the host's cgroups", KERNEL("CONFIG_CGROUPS")},
	 try_cgroup_namespace,
	 CHILD},
	{{"time-namespace", NS, OPTIONAL, "clocks of its own", KERNEL("CONFIG_TIME_NS")},
	 try_time_namespace,
	 CHILD},

	/* mounts */
	{{"open-tree", MNT, ALL, "the toolchain's tree, cloned for each sandbox", SINCE("5.2")},
	 try_open_tree,
	 CHILD},
	{{"mount-setattr", MNT, ALL, "the tree read-only, without devices and set-user-ID",
	  SINCE("5.12")},
	 try_mount_setattr,
	 CHILD},
	{{"tmpfs-limits", MNT, ALL, "limits of disk space and files", KERNEL("CONFIG_TMPFS")},
	 try_tmpfs_limits,
	 CHILD},
	{{"move-mount", MNT, ALL, "mounts made before their place exists", SINCE("5.2")},
	 try_move_mount,
	 CHILD},
	{{"pivot-root", MNT, ALL, "no way back to the host's root",
	  "Run Assay with CAP_SYS_ADMIN, outside of a container that filters calls."},
	 try_pivot_root,
	 CHILD},
	{{"proc-subset", MNT, ALL, "a /proc that shows no setting of the host", SINCE("5.8")},
	 try_proc_subset,
	 CHILD},

	/* processes */
	{{"clone3-pidfd", PROC, ALL, "a process that cannot be mistaken", SINCE("5.4")},
	 try_clone3_pidfd,
	 HOST_IN_CHILD},
	{{"pidfd-signal", PROC, ALL, "a kill that never hits another process", SINCE("5.1")},
	 try_pidfd_signal,
	 HOST_IN_CHILD},
	{{"close-range", PROC, ALL, "no inherited descriptors", SINCE("5.11")},
	 try_close_range,
	 HOST_IN_CHILD},
	{{"openat2", PROC, ALL, "paths that a submission cannot bend", SINCE("5.6")}, try_openat2, 0},
	{{"memfd-sealing", PROC, ALL, "sources and results that do not change while judged",
	  KERNEL("CONFIG_MEMFD_CREATE")},
	 try_memfd_seal,
	 0},
	{{"session-keyring", PROC, ALL, "no key of the caller",
	  "Run Assay outside of a container that filters calls."},
	 try_session_keyring,
	 HOST_IN_CHILD},
	{{"realtime", PROC, OPTIONAL, "a kill in time although programs spin on every CPU",
	  "Grant CAP_SYS_NICE; with CONFIG_RT_GROUP_SCHED give the group a cpu.rt_runtime_us."},
	 try_realtime,
	 CHILD},

	/* security */
	{{"no-new-privs", SEC, ALL, "nothing gained by set-user-ID programs", SINCE("3.5")},
	 try_no_new_privs,
	 HOST_IN_CHILD},
	{{"seccomp", SEC, ALL, "only the system calls of the policy",
	  KERNEL("CONFIG_SECCOMP_FILTER")},
	 try_seccomp,
	 HOST_IN_CHILD},
	{{"seccomp-notify", SEC, HOST_NEED_NOTIFY, "what a refused call was, from the kernel",
	  SINCE("5.0")},
	 try_seccomp_notify,
	 HOST_IN_CHILD},
	{{"seccomp-wait-killable", SEC, OPTIONAL, "refused calls reported once", SINCE("5.19")},
	 try_seccomp_killable,
	 HOST_IN_CHILD},
	{{"landlock", SEC, OPTIONAL, "a second wall around files",
	  "Boot a kernel with CONFIG_SECURITY_LANDLOCK=y and landlock in lsm=."},
	 try_landlock,
	 0},
	{{"yama", SEC, OPTIONAL, "processes of one user do not trace each other",
	  "sysctl kernel.yama.ptrace_scope=1."},
	 try_yama,
	 0},
	{{"core-pattern", SEC, OPTIONAL, "crashes that start and reach nothing on the host",
	  "sysctl kernel.core_pattern=core, or stop the crash handler (apport, systemd-coredump)."},
	 try_core_pattern,
	 0},
	{{"capabilities", SEC, ALL, "what making a sandbox takes",
	  "Run Assay as root, with a bounding set that has them."},
	 try_capabilities,
	 HOST_AS_ROOT},
	{{"capabilities-optional", SEC, OPTIONAL, "what makes it exact",
	  "Grant them where assay is started (CapabilityBoundingSet= of the unit, the container)."},
	 try_capability_rest,
	 HOST_AS_ROOT},

	/* cgroups */
	{{"cgroup-v2", CG, ALL, "one group that is the sandbox", V2_TREE}, try_cgroup_v2, 0},
	{{"cgroup-create", CG, ALL, "a group for each sandbox",
	  "Run assayd by its unit (Delegate=yes); in a container, mount the v2 tree writable."},
	 try_cgroup_child,
	 HOST_AS_ROOT},
	{{"cgroup-clone", CG, ALL, "limits from the first instruction on", SINCE("5.7")},
	 try_cgroup_clone,
	 CHILD | HOST_IN_V2},
	{{"cgroup-freeze", CG, OPTIONAL, "a sandbox stopped as a whole", SINCE("5.2")},
	 try_cgroup_freeze,
	 CHILD | HOST_IN_V2},
	/* After this nobody lives in the probe group: one that was killed may kill who comes. */
	{{"cgroup-kill", CG, ALL, "nothing that survives", SINCE("5.14")},
	 try_cgroup_kill,
	 CHILD | HOST_IN_V2},
	{{"cgroup-delegation", CG, OPTIONAL, "a part of the tree that systemd leaves to Assay",
	  "Run assayd by its unit, which has Delegate=yes; by hand, root needs no delegation."},
	 try_cgroup_delegation,
	 0},
	{{"cpu-stat", CG, ALL, "CPU time of all processes together", SINCE("4.15")},
	 try_cpu_stat,
	 IN_V2},
	{{"cgroup-memory", CG, ALL, "the memory limit", CONTROLLER("memory", "CONFIG_MEMCG")},
	 try_cgroup_memory,
	 CHILD},
	{{"memory-peak", CG, OPTIONAL, "the most memory that was held", SINCE("5.19")},
	 try_memory_peak,
	 HOST_AS_ROOT},
	{{"oom-events", CG, OPTIONAL, "memory-limit told from other deaths", SINCE("4.19")},
	 try_oom_events,
	 HOST_AS_ROOT},
	{{"oom-group", CG, OPTIONAL, "out of memory ends all of a sandbox at once",
	  "Boot with the memory controller on the v2 tree: cgroup_no_v1=memory."},
	 try_oom_group,
	 HOST_AS_ROOT},
	{{"swap-limit", CG, ALL, "memory that cannot leave for the disk",
	  "Boot with swapaccount=1, or swapoff -a."},
	 try_swap_limit,
	 HOST_AS_ROOT},
	{{"cgroup-pids", CG, ALL, "the process limit", CONTROLLER("pids", "CONFIG_CGROUP_PIDS")},
	 try_cgroup_pids,
	 CHILD},
	{{"pids-peak", CG, OPTIONAL, "the most processes at once", SINCE("6.1")},
	 try_pids_peak,
	 HOST_AS_ROOT},
	{{"pids-events", CG, OPTIONAL, "whether the process limit was hit", SINCE("4.6")},
	 try_pids_events,
	 HOST_AS_ROOT},
	{{"cgroup-cpu", CG, HOST_NEED_CPUS, "the limit of CPU bandwidth",
	  CONTROLLER("cpu", "CONFIG_CFS_BANDWIDTH")},
	 try_cgroup_cpu,
	 CHILD},
	{{"cgroup-cpuset", CG, OPTIONAL, "CPUs of its own", CONTROLLER("cpuset", "CONFIG_CPUSETS")},
	 try_cgroup_cpuset,
	 CHILD},
	{{"cgroup-io", CG, OPTIONAL, "limits of disk traffic",
	  CONTROLLER("io", "CONFIG_BLK_DEV_THROTTLING")},
	 try_cgroup_io,
	 HOST_AS_ROOT},
	{{"pressure", CG, OPTIONAL, "noise of the machine beside each result", "Boot with psi=1."},
	 try_pressure,
	 IN_V2},
	{{"cpu-clock", CG, OPTIONAL, "the end of a CPU limit noticed by the kernel itself",
	  "Boot a kernel with CONFIG_CGROUP_PERF=y and no v1 perf_event hierarchy."},
	 try_cpu_clock,
	 IN_V2},

	/* BPF */
	{{"bpf-types", BPF, OPTIONAL, "type information that programs are fitted to",
	  KERNEL("CONFIG_DEBUG_INFO_BTF")},
	 try_bpf_types,
	 0},
	{{"bpf-ring-buffer", BPF, OPTIONAL, "events from the kernel in order", SINCE("5.8")},
	 try_bpf_ring,
	 HOST_AS_ROOT},
	{{"bpf-tracepoint", BPF, OPTIONAL, "programs at every system call",
	  "Boot a kernel with CONFIG_FTRACE_SYSCALLS=y and CONFIG_DEBUG_INFO_BTF=y."},
	 try_bpf_tracepoint,
	 HOST_AS_ROOT},
	{{"bpf-perf-event", BPF, OPTIONAL, "programs at clocks of CPUs: the end of a CPU limit",
	  "Boot a kernel with CONFIG_BPF_EVENTS=y and CONFIG_PERF_EVENTS=y."},
	 try_bpf_clock,
	 HOST_AS_ROOT},
	{{"bpf-fentry", BPF, OPTIONAL, "programs at kernel functions",
	  "Boot a kernel with CONFIG_FUNCTION_TRACER=y and BPF trampolines (x86-64, arm64 6.0)."},
	 try_bpf_function,
	 HOST_AS_ROOT},
	{{"bpf-lsm", BPF, HOST_NEED_DENY, "refusals by policy, and resolved paths",
	  "Boot a kernel with CONFIG_BPF_LSM=y and bpf in the boot parameter lsm=."},
	 try_bpf_lsm,
	 HOST_AS_ROOT},
	{{"bpf-cgroup-device", BPF, OPTIONAL, "a second wall around devices",
	  KERNEL("CONFIG_CGROUP_BPF")},
	 try_bpf_device,
	 IN_V2},
	{{"bpf-cgroup-socket", BPF, OPTIONAL, "a second wall around sockets",
	  KERNEL("CONFIG_CGROUP_BPF")},
	 try_bpf_socket,
	 IN_V2},

	/* machine */
	{{"state-directory", HW, ALL, "what must outlive a crash", "Make /run writable for root."},
	 try_state_dir,
	 HOST_AS_ROOT},
	{{"space-run", HW, OPTIONAL, "room for it", "Free space in /run."}, try_space_run, 0},
	{{"space-tmp", HW, OPTIONAL, "room for files of the tools", "Free space in /tmp."},
	 try_space_tmp,
	 0},
	{{"open-files", HW, OPTIONAL, "many sandboxes at once",
	  "Raise LimitNOFILE= of the unit, or nofile in limits.conf(5), to 8192."},
	 try_open_files,
	 0},
	{{"locked-memory", HW, OPTIONAL, "buffers of the kernel's clocks and events",
	  "Raise LimitMEMLOCK= of the unit, or memlock in limits.conf(5), to 8 MiB."},
	 try_locked_memory,
	 0},
};

_Static_assert(ARRAY_SIZE(rows) <= HOST_LAYERS_MAX, "a report holds every row");

const struct host_row *host_rows(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(rows);
	return rows;
}
