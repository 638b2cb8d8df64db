# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The program itself is a FIFO. It has no content to keep, so there is no program.
mkfifo program
