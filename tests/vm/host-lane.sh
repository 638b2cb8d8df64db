#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The lane itself, tested from the host: a command's bytes and status come back, and whatever goes
# wrong ends with a line for a person, exit status 3 and no qemu. `make check-vm` runs it once the
# image is there.
#
# shellcheck disable=SC2016 # what stands in single quotes is for another shell

set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

tree=$(cd "$(dirname "$0")/../.." && pwd)
run=$tree/tools/vm/run
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Any will do.
kernel=stock
[ -d "$tree/build/vm/kernel-stock" ] || kernel=backports
[ -f "$tree/build/vm/root.key" ] || skip_all "a guest image (make vm-image)"

# The qemu processes that hold this tree's root image; other trees' are not ours to count.
guests()
{
	local process count=0

	for process in /proc/[0-9]*; do
		if [ "$(cat "$process/comm" 2>/dev/null)" = qemu-system-x86 ] &&
			tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -q "assay-lane-test=$$"; then
			count=$((count + 1))
		fi
	done
	echo "$count"
}

# Runs tools/vm/run so that guests() can tell its qemu; sets status, and out and err to what it wrote.
lane()
{
	status=0
	"$run" --kernel "$kernel" --append "assay-lane-test=$$" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
	out=$(cat "$scratch/out")
	err=$(cat "$scratch/err")
}

test_command()
{
	mkdir "$scratch/in"
	echo "carried in" >"$scratch/in/file"
	lane --put "$scratch/in=/srv/in" --env 'WORD=two words' --directory /srv -- sh -c '
		cat in/file; echo "$WORD"; pwd; echo problem >&2; echo again >/dev/stderr
		head -c 3000000 /dev/zero | tr "\0" x | sha256sum; head -c 3000000 /dev/zero | tr "\0" x
		sleep 100 & exit 7'
	is "$status" 7 "the command's exit status comes back"
	is "$(head -n 3 "$scratch/out" | paste -s -d ' ')" "carried in two words /srv" "what was put in is there, so are variable and directory"
	is "$(tail -n +5 "$scratch/out" | sha256sum)" "$(sed -n 4p "$scratch/out")" "three megabytes come back whole, and nothing after them"
	contains "$err" $'problem\nagain' "stderr is kept apart, and can be opened by name"
	is "$(guests)" 0 "no guest is left after a command"
}

test_panic_at_boot()
{
	lane --append rdinit=/nonexistent -- true
	is "$status" 3 "a guest that panics at boot: exit status 3"
	contains "$err" "vm: the guest's kernel panicked" "the message says so"
	contains "$err" "Kernel panic - not syncing" "the console's last lines are shown"
	is "$(guests)" 0 "no guest is left"
}

test_panic_later()
{
	lane -- sh -c 'echo before; sleep 2; echo c >/proc/sysrq-trigger; sleep 60'
	is "$status" 3 "a guest that panics while the command runs: exit status 3"
	is "$out" before "what the command said before is kept"
	contains "$err" "vm: the guest's kernel panicked" "the message says so"
}

test_time_limit()
{
	lane --time-limit 8 -- sh -c 'echo started; sleep 1000'
	is "$status" 3 "a command beyond its time limit: exit status 3"
	is "$out" started "what it said before is kept"
	contains "$err" "the command took longer than 8 s" "the message says so"
	contains "$err" "last console lines" "the console's last lines are shown"
	is "$(guests)" 0 "no guest is left"
}

test_shutdown()
{
	lane -- systemctl poweroff --force --force
	is "$status" 3 "a guest that shuts down under its command: exit status 3"
	contains "$err" "vm: the guest shut down before the command had ended" "the message says so"
}

test_qemu_ended()
{
	local tries process

	status=0
	"$run" --kernel "$kernel" --append "assay-lane-test=$$" -- sleep 1000 >/dev/null 2>"$scratch/err" </dev/null &
	for ((tries = 0; tries < 100 && $(guests) == 0; tries++)); do
		sleep 0.1
	done
	# The one qemu that carries this test's word on its command line, until it is gone.
	for ((tries = 0; tries < 100 && $(guests) > 0; tries++)); do
		process=$(pgrep -f "^qemu-system.*assay-lane-test=$$"'( |$)') || :
		[ -z "$process" ] || kill "$process" 2>/dev/null || :
		sleep 0.5
	done
	wait $! || status=$?
	is "$status" 3 "a qemu that someone else ends: exit status 3"
	contains "$(cat "$scratch/err")" "vm: qemu was ended by a signal from outside" "the message does not blame the guest"
}

# Starts a guest in the background, waits until its qemu runs, and ends the lane with the signal given.
end_by()
{
	local tries

	"$run" --kernel "$kernel" --append "assay-lane-test=$$" -- sleep 1000 >/dev/null 2>&1 </dev/null &
	for ((tries = 0; tries < 100 && $(guests) == 0; tries++)); do
		sleep 0.1
	done
	is "$(guests)" 1 "a guest runs"
	kill "-$1" $!
	wait $! 2>/dev/null
	status=$?
	for ((tries = 0; tries < 50 && $(guests) > 0; tries++)); do
		sleep 0.1
	done
	is "$(guests)" 0 "SIG$1 for the lane: no guest is left"
}

test_signals()
{
	end_by TERM
	is "$status" 143 "SIGTERM is the reason given"
	end_by KILL
}

# The shell that started the lane dies without a word to it.
test_parent_death()
{
	local tries

	bash -c '"$1" --kernel "$3" --append "assay-lane-test=$2" -- sleep 1000 >/dev/null 2>&1 </dev/null & exec sleep 1000' \
		bash "$run" $$ "$kernel" &
	for ((tries = 0; tries < 100 && $(guests) == 0; tries++)); do
		sleep 0.1
	done
	is "$(guests)" 1 "a guest runs"
	kill -KILL $!
	wait $! 2>/dev/null
	for ((tries = 0; tries < 50 && $(guests) > 0; tries++)); do
		sleep 0.1
	done
	is "$(guests)" 0 "the lane's parent dies: no guest is left"
}

test_missing()
{
	status=0
	err=$(ASSAY_QEMU=no-such-qemu "$run" -- true 2>&1) || status=$?
	is "$status $err" "3 vm: no-such-qemu is not installed; run 'make deps WITH=vm' as root" "no qemu"
	status=0
	: >"$scratch/locked-qemu"
	err=$(ASSAY_QEMU=$scratch/locked-qemu "$run" -- true 2>&1) || status=$?
	is "$status" 3 "a qemu that may not be executed: exit status 3"
	contains "$err" "is there but may not be executed" "the message says so, and not that it is missing"
	status=0
	err=$(ASSAY_VM_DIR=$scratch/none "$run" --accel tcg -- true 2>&1) || status=$?
	is "$status $err" "3 vm: there is no image of the stock kernel; make it with 'make vm-image'" "no image"
	lane --put "$scratch/absent=/srv" -- true
	is "$status" 3 "a file to put in that is not there"
	contains "$err" "No such file" "the message says so"
}

# A file system of a few megabytes in the place of build/vm, and a registry on a port where nobody listens.
test_no_space()
{
	mkdir "$scratch/small"
	mount -t tmpfs -o size=8M none "$scratch/small" 2>/dev/null || return
	status=0
	err=$(ASSAY_VM_DIR=$scratch/small "$run" --accel tcg -- true 2>&1) || status=$?
	is "$status" 3 "no space for a guest: exit status 3"
	contains "$err" "no space" "the message says so"
	status=0
	err=$(ASSAY_VM_DIR=$scratch/small "$tree/tools/vm/image" root 2>&1) || status=$?
	is "$status" 3 "no space for an image: exit status 3"
	contains "$err" "no space" "the message says so"
	umount "$scratch/small"
}

test_no_registry()
{
	mkdir "$scratch/lane"
	cat >"$scratch/apt.conf" <<-'E'
		Acquire::http::Proxy "http://127.0.0.1:9/";
		Acquire::https::Proxy "http://127.0.0.1:9/";
	E
	status=0
	err=$(APT_CONFIG=$scratch/apt.conf ASSAY_VM_DIR=$scratch/lane "$tree/tools/vm/image" kernel stock 2>&1) || status=$?
	is "$status" 3 "a registry that does not answer: exit status 3"
	contains "$err" "vm: the package registry does not answer" "the message says so"
}

test_missing
test_no_space
test_no_registry
test_command
test_panic_at_boot
test_panic_later
test_time_limit
test_shutdown
test_qemu_ended
test_signals
test_parent_death
done_testing
