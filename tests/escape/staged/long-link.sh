# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A link whose target has the greatest length.
cp exit-zero program && chmod 755 program
ln -s "$(printf '%04095d' 0)" l || ln -s "$(printf '%04000d' 0)" l
