# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A socket in the tree.
cp exit-zero program && chmod 755 program
exec 3<>/dev/null
perl -e 'use IO::Socket::UNIX; IO::Socket::UNIX->new(Local => "sock", Listen => 1) or exit 0' 2>/dev/null || true
