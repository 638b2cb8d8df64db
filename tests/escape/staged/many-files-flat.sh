# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# As many files in one directory.
cp exit-zero program && chmod 755 program
i=0; while : 2>/dev/null >f$i && [ $i -lt 5000 ]; do i=$((i + 1)); done; exit 0
