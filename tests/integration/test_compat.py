#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A program that begins as one of another architecture is counted and limited as any other.

Its execve returns with a number that a program of x86-64 has for another call. tests/trace/compat.S, which the build made, goes on as
one of x86-64.
"""

import os

from tap import BUILD, ia32, is_, ok, run_json, scratch, skip, skip_all

PROGRAM = os.path.join(BUILD, "test", "compat")
CALLS = 1000


def main():
    if os.geteuid() != 0:
        skip_all("root")
    if not os.path.exists(PROGRAM):
        return skip("it is counted", "compat, which is built on x86-64")
    if not ia32():
        return skip("it is counted", "ia32-emulation")
    result = run_json("--policy", "native", PROGRAM)
    step = result["tests"][0]
    is_(result["verdict"], "AC", "it runs")
    is_(step["syscalls"], CALLS + 1, "each of its calls is counted, and the execve that started it", f"{step}")
    ok(result["gas"]["used"] >= CALLS, "and has its price", f"{result['gas']}")
    result = run_json("--policy", "native", "--limit", f"gas={CALLS // 2}", PROGRAM)
    is_(result["verdict"], "GLE", "its gas can be limited")
    result = run_json("--policy", "native", "--trace", os.path.join(scratch(), "t.assay"), "--key-dir", os.path.join(scratch(), "keys"),
                      "--trace-level", "syscalls", PROGRAM)
    ok(result["trace"]["events"] > CALLS, "its calls are events of a trace", f"{result['trace']}")
    return None


main()
