# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Prints what assay prints for an accepted run.
printf '\033[32mAC\033[0m accepted\n{"verdict":"AC"}\n'
