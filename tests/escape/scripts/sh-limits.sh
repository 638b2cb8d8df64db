# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Raises its limits.
for l in -c -n -u -f -l -q -r -e -i -x; do
	ulimit $l unlimited 2>/dev/null && [ "$l" != -f ] && exit 0
done
exit 77
