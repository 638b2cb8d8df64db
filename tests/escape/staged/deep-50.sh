# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Directories nested 50 deep, deeper than the copy follows. It is the submission's doing, so never IE.
cp exit-zero program && chmod 755 program
for i in {1..50}; do mkdir d; cd d; done; touch bottom
