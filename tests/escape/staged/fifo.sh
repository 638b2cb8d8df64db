# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A FIFO beside the program: whoever opens it for reading would wait for ever.
cp exit-zero program && chmod 755 program
mkfifo a b
