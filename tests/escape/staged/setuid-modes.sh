# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Setuid, setgid and sticky bits on everything.
cp exit-zero program && chmod 755 program
chmod 6755 program; mkdir s; chmod 7777 s
