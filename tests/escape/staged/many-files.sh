# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# As many files as there may be inodes.
cp exit-zero program && chmod 755 program
for d in {1..40}; do mkdir d$d; for i in {1..90}; do : >d$d/$i; done; done
