# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The program is a directory.
mkdir program; touch program/x
