# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The program has no execute permission.
cp exit-zero program; chmod 644 program
