# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A file of a terabyte that has no content, one with a byte at its end, and one of the largest size there is.
cp exit-zero program && chmod 755 program
truncate -s 1T big; truncate -s 1T end; printf x | dd of=end bs=1 seek=1099511627775 conv=notrunc status=none; truncate -s 8E huge || true
