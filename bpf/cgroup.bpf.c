/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The second wall around what the filter of system calls and the mounts keep out: sockets of the internet's families, and devices. These programs
 * are at the group that all sandboxes lie in, look whose task it is, and let everybody else pass.
 *
 * A sandbox without a network has no use for such a socket: its network namespace is empty. One with a loopback gets what programs
 * talk by, and nothing that sees packets. Devices are those that the sandbox's /dev has; none is made.
 *
 * What comes here has passed the filter, so a refusal is no event; it is counted.
 */

#include "bpf/lib/sandbox.bpf.h"

enum { EAFNOSUPPORT = 97, PASS = 1, REFUSE = 0 };
enum { TYPE_STREAM = 1, TYPE_DGRAM = 2 };	 /* include/linux/net.h */
enum { DEVICE_CHAR = 2, ACCESS_MKNOD = 1 << 0 }; /* BPF_DEVCG_* of include/uapi/linux/bpf.h */

/* /dev/null, zero, full, random, urandom: character devices of the memory driver. Documentation/admin-guide/devices.txt */
enum { MEM_MAJOR = 1 };
#define MEM_MINORS (1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9)

/* Asked for the families of the internet only. */
SEC("cgroup/sock_create")
int on_socket(struct bpf_sock *socket)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (!sandbox || (sandbox->config.loopback &&
			 (socket->type == TYPE_STREAM || socket->type == TYPE_DGRAM)))
		return PASS;
	__sync_fetch_and_add(&sandbox->counts.denied_socket, 1);
	(void)bpf_set_retval(-EAFNOSUPPORT);
	return REFUSE;
}

SEC("cgroup/dev")
int on_device(struct bpf_cgroup_dev_ctx *device)
{
	__u32 access = device->access_type >> 16, type = device->access_type & 0xffff;
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (!sandbox)
		return PASS;
	if (type == DEVICE_CHAR && !(access & ACCESS_MKNOD) && device->major == MEM_MAJOR &&
	    device->minor < 32 && (MEM_MINORS >> device->minor & 1))
		return PASS;
	__sync_fetch_and_add(&sandbox->counts.denied_device, 1);
	return REFUSE;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
