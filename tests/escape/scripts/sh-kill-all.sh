# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Kills everybody.
kill -STOP 1 2>/dev/null
kill -KILL -1 2>/dev/null
kill -KILL 1 2>/dev/null
kill -KILL $PPID 2>/dev/null
exit 77
