# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A file whose data and holes take turns, ten thousand times.
cp exit-zero program && chmod 755 program
for i in {0..4000}; do echo "$((i * 2))"; done | while read -r at; do :; done
perl -e 'open(F,">","comb"); for (0..6000) { seek(F,$_*8192,0); print F "x" } close F'
