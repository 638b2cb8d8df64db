#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every submission of tests/fixtures/submissions gets the verdict that expected.tsv says, and for the right reason.

The demonstration shows this list in one table; here each result is looked at more closely. The list is the same on every host, so
that a submission gets the same verdict on all of them; on a slow one the time limits grow, but for the one that a row is about, and each
kind is judged in a half of the languages.
"""

import os
import sys

from tap import ASSAY, SCALE, SOURCE, between, is_, isin, ok, scaled, share, skip, tool

sys.path.insert(0, os.path.join(SOURCE, "tools/demo"))
import judge  # noqa: E402  (found by the line above)

COMPILERS = {"c": "gcc", "cpp": "g++", "python": "python3", "javascript": "node"}
NAMES = """accepted wrong slow sleeping memory forking output crashing noncompiling forbidden""".split()
# As expected.tsv has them.
CPU_LIMIT_NS, WALL_LIMIT_NS, MEMORY_LIMIT_BYTES = 500_000_000, 1_500_000_000, 128 << 20
# From a limit to the end: the extra time of the policies, and what the kill and a loaded machine take.
SLACK_NS = 2_000_000_000 * SCALE


def look_at_accepted(result, step):
    is_([test["verdict"] for test in result["tests"]], ["AC"] * 6, "... in every case")
    is_((step["exit_code"], step["stderr"]), (0, ""), "... quietly")


def look_at_wrong(result, step):
    ok(step["checker_message"], "... the checker says why")
    is_(step["exit_code"], 0, "... although the program is content")


def look_at_slow(result, step):
    between(step["cpu_time_ns"], CPU_LIMIT_NS, CPU_LIMIT_NS + SLACK_NS, "... after its CPU time")


def look_at_sleeping(result, step):
    between(step["wall_time_ns"], WALL_LIMIT_NS, WALL_LIMIT_NS + SLACK_NS, "... after its time")
    ok(step["cpu_time_ns"] < CPU_LIMIT_NS * SCALE, "... without using the CPU", step["cpu_time_ns"])


def look_at_memory(result, step):
    ok(step["oom_killed"], "... killed by the kernel")
    between(step["memory_peak_bytes"], MEMORY_LIMIT_BYTES * 9 // 10, MEMORY_LIMIT_BYTES, "... at its limit, never over it")


def look_at_forking(result, step):
    ok(step["processes_refused"] > 0, "... a fork was refused", step["processes_refused"])


def look_at_output(result, step):
    is_((step["truncated"], len(step["stdout"])), (True, 65536), "... and its output is cut")
    ok(step["stdout_bytes"] <= 1 << 20, "... at its limit", step["stdout_bytes"])


def look_at_crashing(result, step):
    compiled = result["compile"] is not None
    ok((step["exit_signal"] in (6, 11)) == compiled, "... by a signal when it is machine code", step["exit_signal"])


def look_at_noncompiling(result, step):
    text = step["stderr"] + step["stdout"]
    ok("rror" in text, "... and is told why", text)
    if result["compile"]:
        is_({test["verdict"] for test in result["tests"]}, {"SK"}, "... and nothing ran")


def look_at_forbidden(result, step):
    is_([(call["syscall"], call["args"][0]) for call in step["denied"]], [("socket", 2)], "... for the call that it made")
    ok(step["denied"][0]["pid"] > 0 and step["denied"][0]["comm"], "... by which process and program", step["denied"])


def by_kind(row):
    """Kind after kind, and in each the languages from another one on: every second row has all kinds and all languages."""
    language, program = os.path.splitext(row.file)[0].split("/")
    kind = NAMES.index(program)
    return kind, (list(COMPILERS).index(language) + kind) % len(COMPILERS)


def check(row):
    language, program = os.path.splitext(row.file)[0].split("/")
    if not tool(COMPILERS[language]):
        skip(row.file, COMPILERS[language])
        return
    row = row._replace(limits=scaled(row.limits, [row.limit]))
    result, status = judge.judge(ASSAY, row, judge.RUN_TIMEOUT_SEC * SCALE)
    if not ok(result, f"{row.file} has a result", status):
        return
    step = judge.deciding_step(result)
    if not is_(result["verdict"], row.verdict, f"{row.file} is {row.verdict}", result["message"], str(step)):
        return
    is_(status, 0 if row.verdict == "AC" else 1, "... with the exit status of that")
    if row.limit:
        isin(row.limit, step["limits_hit"], f"... at its limit of {row.limit}")
    else:
        is_(step["limits_hit"], [], "... within its limits")
    globals()[f"look_at_{program}"](result, step)


def main():
    rows = judge.rows()
    files = [os.path.relpath(os.path.join(d, f), judge.SUBMISSIONS) for d, _, names in os.walk(judge.SUBMISSIONS) for f in names]
    is_(sorted(row.file for row in rows), sorted(f for f in files if "/" in f), "every submission is in the list")
    for language in COMPILERS:
        names = [os.path.splitext(row.file)[0].split("/")[1] for row in rows if row.file.startswith(language + "/")]
        is_(sorted(names), sorted(NAMES), f"{language} has every kind of submission")
    # Each kind in two languages at least: a runtime that is started under emulation takes seconds.
    for row in share(sorted(rows, key=by_kind), least=len(rows) // 2):
        check(row)


main()
