# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The program is a link to a program of the toolchain: it runs with nothing more than any program of the
# submission.
ln -s /usr/bin/true program
