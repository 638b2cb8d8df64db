# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Files and directories without any permission, the work directory too.
cp exit-zero program && chmod 755 program
mkdir closed; touch closed/x; chmod 000 closed; touch none; chmod 000 none; mkdir x; touch x/y; chmod 111 x
chmod 000 . || true
