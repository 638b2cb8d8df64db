# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Links in circles, to themselves, to the directory above, and a chain of forty.
cp exit-zero program && chmod 755 program
ln -s a b; ln -s b a; ln -s . here; ln -s .. up; ln -s / root; mkdir d; ln -s ../d d/d
for i in {1..40}; do ln -s l$((i + 1)) l$i; done
