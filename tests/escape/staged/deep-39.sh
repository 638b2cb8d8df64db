# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Directories nested 39 deep, as package trees are.
cp exit-zero program && chmod 755 program
for i in {1..39}; do mkdir d; cd d; done; touch bottom
