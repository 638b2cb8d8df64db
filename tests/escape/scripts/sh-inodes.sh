# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Makes files until there are no more.
i=0
while : >"f$i" 2>/dev/null; do i=$((i + 1)); [ $i -gt 2000 ] && exit 0; done
exit 77
