#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The demonstration: judges the submissions of tests/fixtures/submissions and prints what was said about each.
# Python is named by its path: the first one on PATH may be a wrapper of a version manager.
set -euo pipefail

exec /usr/bin/python3 -B "$(dirname "$(readlink -f "$0")")/judge.py" "$@"
