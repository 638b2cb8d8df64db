#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The demonstration: judges the submissions of tests/fixtures/submissions and prints what was said about each; then
# runs one of them with a record, checks the record, and shows what it says. With words (parts of names): judges those only.
# Python is named by its path: the first one on PATH may be a wrapper of a version manager.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
source=$(dirname "$(dirname "$here")")
assay=${ASSAY:-$source/build/release/bin/assay}
out=$source/build/demo

say()
{
	printf '\n$ assay %s\n' "${*//"$source"\//}"
}

show()
{
	say "$@"
	"$assay" "$@"
}

# The key of the demonstration is its own: the node's is for records that are kept.
record()
{
	local trace=$out/sum.assay bill

	rm -rf "$out"
	mkdir -p "$out"
	set -- run --trace "$trace" --key-dir "$out/keys" --tests "$source/tests/fixtures/problems/sum" \
		"$source/tests/fixtures/submissions/python/accepted.py"
	say "$@"
	"$assay" "$@" | tail -n 1
	show trace verify --key-dir "$out/keys" "$trace"
	say gas explain "$trace"
	bill=$("$assay" gas explain "$trace")
	awk -v RS= 'NR == 2 { n = split($0, line, "\n"); for (i = 1; i <= 8 && i < n; i++) print line[i]; print line[n] }' <<<"$bill"
	"$assay" trace flame "$trace" >"$out/flame.svg"
	printf '\ntime by process and call: %s\n' "${out#"$source"/}/flame.svg"
}

status=0
/usr/bin/python3 -B "$here/judge.py" "$@" || status=$?
[ $# -gt 0 ] || record
exit "$status"
