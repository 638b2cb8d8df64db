# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Directories nested 200 deep.
cp exit-zero program && chmod 755 program
for i in {1..200}; do mkdir d; cd d; done; touch bottom
