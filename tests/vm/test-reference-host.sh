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

# Prints what the script, the last argument, says as a unit of its own with Delegate=yes and the
# properties given before it. It goes in by stdin, because systemd-run expands dollar signs in words.
in_unit()
{
	systemd-run --quiet --wait --collect --pipe -p Delegate=yes "${@:1:$#-1}" /bin/bash -s <<-E
		cd "/sys/fs/cgroup\$(cut -d : -f 3 /proc/self/cgroup)"
		${*: -1}
	E
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

# Sixty-four MiB of memory that is touched, in a group that may have 32: the kernel ends the group whole.
test_memory_limit()
{
	local text

	text=$(in_unit '
		mkdir own run && echo $$ >own/cgroup.procs && echo +memory >cgroup.subtree_control
		echo 32M >run/memory.max && echo 1 >run/memory.oom.group
		bash -c "echo \$\$ >run/cgroup.procs; sleep 60 & head -c 64M /dev/zero | tail" >/dev/null
		echo "status $?"
		grep -w oom_group_kill run/memory.events
		wc -l <run/cgroup.procs
		cat run/memory.peak' 2>/dev/null)
	contains "$text" "status 137" "a group that passes memory.max is killed"
	contains "$text" "oom_group_kill 1" "memory.events counts the kill of the group"
	is "$(sed -n 3p <<<"$text")" 0 "no process of the group is left"
	[ "$(sed -n 4p <<<"$text")" -ge $((31 << 20)) ]
	ok $? "memory.peak is about the limit" "$text"
}

# The group may use a fifth of one CPU: a spinner of a second, which a busy host makes longer, is throttled and cpu.stat says so.
test_cpu_limit()
{
	local text

	text=$(in_unit '
		mkdir own run && echo $$ >own/cgroup.procs && echo "+cpu" >cgroup.subtree_control
		echo "20000 100000" >run/cpu.max
		begin=$(date +%s%N)
		bash -c "echo \$\$ >run/cgroup.procs; exec timeout 1 sh -c \"while :; do :; done\""
		echo "elapsed_usec $((($(date +%s%N) - begin) / 1000))"
		grep -E "^(usage_usec|nr_throttled)" run/cpu.stat' 2>/dev/null)
	[ "$(awk '$1 == "nr_throttled" { print $2 }' <<<"$text")" -gt 0 ]
	ok $? "cpu.max throttles, and cpu.stat counts it" "$text"
	awk '{ found[$1] = $2 } END { exit !(found["usage_usec"] > 0 && 2 * found["usage_usec"] < found["elapsed_usec"]) }' <<<"$text"
	ok $? "a group with a fifth of a CPU stays well below one" "$text"
}

# The root disk is a real block device with a queue, which is what the io controller accounts.
test_io_accounts()
{
	local device text

	device=$(stat -c '%Hd:%Ld' /)
	text=$(in_unit '
		mkdir own run && echo $$ >own/cgroup.procs && echo "+io" >cgroup.subtree_control
		echo "'"$device"' wbps=1048576" >run/io.max && cat run/io.max
		bash -c "echo \$\$ >run/cgroup.procs
			dd if=/dev/zero of=/var/tmp/io-test bs=1M count=3 oflag=direct status=none"
		cat run/io.stat; rm -f /var/tmp/io-test' 2>&1)
	contains "$text" "$device rbps=max wbps=1048576" "io.max takes a limit for the root disk"
	contains "$text" "wbytes=3145728" "io.stat counts what was written to it"
}

test_lsm
test_controllers
test_files
test_no_internal_processes
test_memory_limit
test_cpu_limit
test_io_accounts
done_testing
