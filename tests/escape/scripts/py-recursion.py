# SPDX-License-Identifier: Apache-2.0
#
# Recurs until the stack is over.
import sys

sys.setrecursionlimit(1 << 30)


def f(n):
    return f(n + 1) + 1


f(0)
