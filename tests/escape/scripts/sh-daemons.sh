# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Leaves daemons of every kind.
for i in 1 2 3; do
	setsid nohup sleep 1000 </dev/null >/dev/null 2>&1 &
	(sleep 1000 &)
done
disown -a
exit 77
