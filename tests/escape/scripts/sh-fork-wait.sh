# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Processes that wait for their children for ever.
f() { f & wait; }
while :; do f; done
