# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Ends with the status by which a checker accepts.
exit 42
