# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sixty names of one file: a few MiB of names that copy to more than the disk limit holds.
cp exit-zero program && chmod 755 program
dd if=/dev/zero of=one bs=1M count=30 status=none; for i in {1..60}; do ln one l$i; done
