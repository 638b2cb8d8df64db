# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A link where the copy will want to make a directory or a file of the same name afterwards.
cp exit-zero program && chmod 755 program
mkdir real; ln -s real link; ln -s /tmp out; ln -s /nonexistent none; touch real/x
