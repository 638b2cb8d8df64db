# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The program is an empty file, and one with an interpreter that is not there.
: >program; chmod 755 program
