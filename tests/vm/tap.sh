# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced by the test scripts of this directory. TAP on stdout, the plan at the end.

tap_count=0
tap_failed=0

# ok STATUS NAME [WHY...]: a result that passes when STATUS is 0.
ok()
{
	local status=$1 name=$2 line
	shift 2

	tap_count=$((tap_count + 1))
	if [ "$status" -eq 0 ]; then
		echo "ok $tap_count - $name"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $name"
	while IFS= read -r line; do
		echo "# $line"
	done < <(printf '%s\n' "$@")
}

# is GOT WANT NAME: passes when the two are equal.
is()
{
	local status=0

	[ "$1" = "$2" ] || status=1
	ok "$status" "$3" "got:      $1" "expected: $2"
}

# has TEXT WORD NAME: passes when WORD is one of the words of TEXT (set apart by blanks or commas).
has()
{
	local status=0

	tr -s '[:blank:],' '\n' <<<"$1" | grep -qxF -e "$2" || status=1
	ok "$status" "$3" "not found: $2" "in:        $1"
}

# contains TEXT PART NAME: passes when PART stands in TEXT.
contains()
{
	local status=0

	case $1 in *"$2"*) ;; *) status=1 ;; esac
	ok "$status" "$3" "not found: $2" "in:" "$1"
}

# skip_all CAPABILITY: ends the script; this machine lacks what it needs.
skip_all()
{
	echo "1..1"
	echo "ok 1 # SKIP $1"
	exit 0
}

# Ends a script.
done_testing()
{
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}

# Skips the script where the machine is no reference host.
need_reference_host()
{
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip_all "a pure cgroup v2 tree at /sys/fs/cgroup"
	[ -d /run/systemd/system ] || skip_all "systemd as the init"
	[ "$(id -u)" = 0 ] || skip_all "root"
}
