# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Extended attributes on everything, as far as the kernel takes them.
cp exit-zero program && chmod 755 program
setfattr -n user.x -v y program 2>/dev/null; exit 0
