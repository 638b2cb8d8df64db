# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Names with line ends, escapes, invalid UTF-8, options, and of the greatest length.
cp exit-zero program && chmod 755 program
touch -- $'a\nb' $'\e[2J' $'\xff\xfe' -rf --help ' ' '*' '$(id)' "$(printf '%0255d' 0)"
