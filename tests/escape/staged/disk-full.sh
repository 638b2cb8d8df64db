# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The tree fills the scratch to its last page.
cp exit-zero program && chmod 755 program
dd if=/dev/zero of=fill bs=64K 2>/dev/null || true
