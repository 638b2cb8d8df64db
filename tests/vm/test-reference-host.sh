#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the reference host promises: each item is something that Assay uses there and nowhere else has
# to be present.
#
# shellcheck disable=SC2016 # what stands in single quotes is for another shell

set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

need_reference_host

# Prints what a unit of its own with Delegate=yes and the properties given says; the last argument is
# the script.
in_unit()
{
	systemd-run --quiet --wait --collect --pipe -p Delegate=yes "${@:1:$#-1}" \
		/bin/bash -c 'cd "/sys/fs/cgroup$(cut -d : -f 3 /proc/self/cgroup)"; '"${*: -1}"
}

test_lsm()
{
	local list

	list=$(cat /sys/kernel/security/lsm)
	has "$list" bpf "bpf is in the list of security modules"
	has "$list" landlock "landlock is in the list of security modules"
	[ -r /sys/kernel/btf/vmlinux ]
	ok $? "the kernel describes its types (BTF)"
}

test_controllers()
{
	local all name

	all=$(cat /sys/fs/cgroup/cgroup.controllers)
	for name in cpuset cpu io memory pids; do
		has "$all" "$name" "the root has the controller $name"
	done
	all=$(in_unit 'cat cgroup.controllers')
	for name in cpuset cpu io memory pids; do
		has "$all" "$name" "a unit with Delegate=yes has the controller $name"
	done
}

test_files()
{
	local present name

	present=$(in_unit 'echo *')
	for name in cgroup.kill cgroup.freeze memory.max memory.peak memory.oom.group memory.swap.max \
		memory.events pids.max pids.peak io.max io.stat cpu.max cpu.stat; do
		has "$present" "$name" "a unit's cgroup has $name"
	done
	contains "$(in_unit 'cat cpu.stat')" nr_throttled "cpu.stat tells throttling"
}

# A cgroup that has processes may not give controllers to its children.
test_no_internal_processes()
{
	local text

	text=$(in_unit 'echo +memory > cgroup.subtree_control && echo taken' 2>&1)
	contains "$text" "busy" "a cgroup with processes refuses to distribute controllers"
	text=$(in_unit 'mkdir own && echo $$ > own/cgroup.procs && echo +memory > cgroup.subtree_control && echo taken' 2>&1)
	is "$text" taken "it accepts once its processes have moved to a leaf"
}

test_memory_limit()
{
	local text

	# The shell grows beyond 32 MiB in memory that it touches; oom.group takes the whole group.
	text=$(in_unit '
		mkdir own run && echo $$ > own/cgroup.procs && echo +memory > cgroup.subtree_control
		echo 32M > run/memory.max && echo 1 > run/memory.oom.group
		bash -c "echo \$\$ > run/cgroup.procs; sleep 60 & x=\$(head -c 64M /dev/zero | tr \\\\0 a); echo \${#x}" || echo "status $?"
		grep -w oom_group_kill run/memory.events; cat run/memory.peak; cat run/cgroup.procs | wc -l' 2>/dev/null)
	contains "$text" "status 137" "a group that passes memory.max is killed"
	contains "$text" "oom_group_kill 1" "memory.events counts the kill of the group"
	is "$(tail -n 1 <<<"$text")" 0 "no process of the group is left"
	[ "$(sed -n 3p <<<"$text")" -ge $((31 << 20)) ]
	ok $? "memory.peak is about the limit" "$text"
}

test_lsm
test_controllers
test_files
test_no_internal_processes
test_memory_limit
done_testing
