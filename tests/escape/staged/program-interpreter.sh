# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The program names itself as its interpreter.
printf '#!./program\n' >program; chmod 755 program
