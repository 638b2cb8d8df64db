# SPDX-License-Identifier: Apache-2.0
"""Judge the submissions that tests/fixtures/submissions/expected.tsv lists, and print one table.

Each is judged by `assay run --json` against all cases of one problem. The table says what the verdict is and whether it
is the expected one, what the deciding case cost, and why. The exit status is 0 when every verdict is the expected one.
tests/integration/test_demo_matrix.py runs the same list and looks closer at each result.
"""

import argparse
import collections
import json
import os
import signal
import subprocess
import sys
import time

SOURCE = os.environ.get("ASSAY_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUBMISSIONS = os.path.join(SOURCE, "tests/fixtures/submissions")
PROBLEM = os.path.join(SOURCE, "tests/fixtures/problems/sum")

RUN_TIMEOUT_SEC = 60

LANGUAGES = {"c": "C", "cpp": "C++", "python": "Python", "javascript": "JavaScript"}
HEADING = ("", "language", "program", "verdict", "cases", "cpu", "wall", "memory", "gas", "calls, and the commonest", "cause")
RIGHT = {4, 5, 6, 7, 8}

Row = collections.namedtuple("Row", "file verdict limit limits")


def rows():
    """The list of expectations."""
    with open(os.path.join(SUBMISSIONS, "expected.tsv"), encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    return [Row(file, verdict, None if limit == "-" else limit, limits) for file, verdict, limit, limits in lines]


def judge(assay, row, timeout=RUN_TIMEOUT_SEC):
    """Runs one submission; returns (object, exit status). The object is None when none was printed."""
    command = [assay, "run", "--json", "--tests", PROBLEM, "--limit", row.limits, os.path.join(SUBMISSIONS, row.file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
    try:
        return json.loads(done.stdout), done.returncode
    except ValueError:
        sys.stderr.write(done.stderr.decode(errors="replace"))
        return None, done.returncode


def deciding_step(result):
    """The step that the verdict is about: the compile step, the first case that failed, or the most expensive one."""
    if result["verdict"] == "CE":
        return result["compile"]
    for test in result["tests"]:
        if test["verdict"] not in ("AC", "SK"):
            return test
    return max(result["tests"], key=lambda test: test["cpu_time_ns"] or 0, default=None)


def limits_words(step):
    words = {"cpu": "CPU time", "wall": "wall time", "pids": "processes"}
    return [f"{words.get(key, key)} over {step['limits'].get(key, '?')}" for key in step["limits_hit"]]


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def denied_words(call):
    return f"{call['syscall']}({', '.join(map(str, call['args']))}) by {call['comm']}"


def first_line(text):
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def compiler_words(step):
    """The first line that says error, without the path before it; the message stands before details."""
    lines = [line.strip() for line in (step["stderr"] + step["stdout"]).splitlines()]
    line = next((line for line in lines if "rror" in line), lines[0] if lines else "")
    return line if len(line) <= 60 else line[:57] + "..."


def cause(result, step):
    """Why, in a few words."""
    if result["verdict"] == "IE" or not step:
        return result["message"]
    reasons = limits_words(step)
    if result["verdict"] == "CE":
        reasons.insert(0, compiler_words(step))
    elif result["verdict"] == "DJS":
        reasons[:0] = [denied_words(call) for call in step["denied"][:1]]
    elif step["exit_signal"] and not reasons:
        reasons.append(signal_name(step["exit_signal"]))
    elif step["exit_code"] > 0:
        reasons.insert(0, f"exit code {step['exit_code']}")
    if step["checker_message"] and result["verdict"] in ("WA", "PC"):
        reasons.insert(0, first_line(step["checker_message"]))
    return printable("; ".join(reasons))


def printable(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def figure_time(ns):
    if ns is None:
        return "-"
    return f"{ns / 1e6:.1f} ms" if ns < 1e9 else f"{ns / 1e9:.2f} s"


def figure_bytes(n):
    return "-" if n is None else f"{n / (1 << 20):.1f} MiB"


def call_words(step):
    """How many system calls, and which one most: null where the kernel counts none."""
    if not step.get("calls"):
        return "-"
    name, n = max(step["calls"].items(), key=lambda item: item[1])
    return f"{step['syscalls']}: {name} {n}"


def table_row(row, result):
    """The cells of one line; the first says whether the verdict is the expected one."""
    language, program = os.path.splitext(row.file)[0].split("/")
    got = result["verdict"] if result else "?"
    good = got == row.verdict
    step = deciding_step(result) if result else None
    accepted = sum(test["verdict"] == "AC" for test in result["tests"]) if result else 0
    figures = ["-", "-", "-", "-", "-"]
    if step:
        gas = "-" if step["gas_used"] is None else str(step["gas_used"])
        figures = [figure_time(step["cpu_time_ns"]), figure_time(step["wall_time_ns"]), figure_bytes(step["memory_peak_bytes"]),
                   gas, call_words(step)]
    return [
        "\u2713" if good else "\u2717",
        LANGUAGES.get(language, language),
        program,
        got if good else f"{got}, not {row.verdict}",
        f"{accepted}/{len(result['tests'])}" if result else "-",
        *figures,
        cause(result, step) if result else "no result",
    ]


def print_table(lines, color):
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADING))]
    for line in lines:
        cells = [c.rjust(w) if i in RIGHT else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths))]
        text = "  ".join(cells).rstrip()
        if color and line is lines[0]:
            text = f"\033[2m{text}\033[0m"
        elif color:
            text = f"\033[{'32' if line[0] == chr(0x2713) else '31'}m{text[0]}\033[0m{text[1:]}"
        print(text)


def selected(only):
    return [row for row in rows() if not only or any(word in row.file for word in only)]


def main():
    parser = argparse.ArgumentParser(prog="tools/demo/run.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("only", nargs="*", help="judge files whose name contains one of these words (default: all)")
    args = parser.parse_args()
    assay = os.environ.get("ASSAY", os.path.join(SOURCE, "build/release/bin/assay"))
    progress = sys.stderr.isatty()
    begin = time.monotonic()

    lines, wrong, todo = [list(HEADING)], 0, selected(args.only)
    for n, row in enumerate(todo, 1):
        if progress:
            print(f"\r\033[K[{n}/{len(todo)}] {row.file}", end="", file=sys.stderr, flush=True)
        result, _ = judge(assay, row)
        lines.append(table_row(row, result))
        wrong += lines[-1][0] != "\u2713"
    if progress:
        print("\r\033[K", end="", file=sys.stderr, flush=True)

    print_table(lines, sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    print(f"\n{len(todo)} submissions, {len(todo) - wrong} verdicts as expected, {wrong} not, "
          f"in {time.monotonic() - begin:.1f} s")
    print("limits of a case: " + "; ".join(f"{limits} ({n})" for limits, n in collections.Counter(row.limits for row in todo).items()))
    return 1 if wrong or not todo else 0


if __name__ == "__main__":
    sys.exit(main())
