# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Children flood the output while the parent waits.
yes flood & yes flood >&2 & cat /dev/zero &
wait
