#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The test runner fails whenever it should: each case is one small script and the counts it must lead to."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from tap import SOURCE, is_, ok, scratch, source  # noqa: E402

RUNNER = os.path.join(SOURCE, "tools/make/run-tests")
PASS = "echo 1..1; echo ok 1 - a\n"

# name, script, expected (exit status, passed, failed, skipped), a part of what is printed
CASES = [
    ("a pass", PASS, (0, 1, 0, 0), ""),
    ("a failure", "echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1", (1, 1, 1, 0), "not ok  b"),
    ("a failure with exit status 0", "echo 1..1; echo not ok 1 - b", (1, 0, 1, 0), "not ok  b"),
    ("no plan", "echo ok 1 - a", (1, 1, 1, 0), "printed no plan"),
    ("fewer results than planned", "echo 1..3; echo ok 1 - a", (1, 1, 1, 0), "planned 3 results and printed 1"),
    ("more results than planned", "echo 1..1; echo ok 1 - a; echo ok 2 - b", (1, 2, 1, 0), "planned 1 results and printed 2"),
    ("an exit status without a failure", PASS + "exit 7", (1, 1, 1, 0), "exited with 7"),
    ("a crash after the last result", PASS + "kill -SEGV $$", (1, 1, 1, 0), "died of SIGSEGV"),
    ("nothing printed", "exit 0", (1, 0, 1, 0), "printed no plan"),
    ("a time limit", PASS + "sleep 60", (1, 1, 1, 0), "took longer than"),
    ("a process left behind", PASS + "setsid sleep 60 & exit 0", (1, 1, 1, 0), "left processes behind: sleep"),
    ("a skip names what is missing", "echo 1..1; echo 'ok 1 - a # SKIP no cgroup v2'", (0, 0, 0, 1), "a: no cgroup v2"),
    ("a skip the way cmocka says it", "echo 1..1; echo '# missing: no BPF'; echo 'not ok 1 # SKIP t_a'", (0, 0, 0, 1), "t_a: no BPF"),
    ("a skipped file", "echo '1..0 # SKIP no KVM'", (0, 0, 0, 1), "no KVM"),
    ("a skip of one result excuses no other", "echo 1..2; echo 'ok 1 - a # SKIP x'; echo not ok 2 - b", (1, 0, 1, 1), "not ok  b"),
    ("two plans in one program", "echo 1..1; echo ok 1 - a; echo 1..1; echo ok 1 - b", (0, 2, 0, 0), ""),
    ("stderr is no result", PASS + "echo not ok 2 - b >&2", (0, 1, 0, 0), ""),
    ("a sanitizer's report", PASS + 'echo "heap-use-after-free" >"$REPORTS/report.1"', (1, 1, 1, 0), "heap-use-after-free"),
]


def run(*files, only=None, **env):
    reports = os.path.join(scratch(), "reports")
    args = [RUNNER, "--timeout", "1", "--reports", reports, *(["--only", only] if only else []), *files]
    base = {k: v for k, v in os.environ.items() if k != "ASSAY_MUST_RUN"}
    done = subprocess.run(args, capture_output=True, text=True, env={**base, "REPORTS": reports, **env}, check=False)
    last = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", done.stdout.rstrip("\n").rsplit("\n", 1)[-1])
    counts = tuple(map(int, last.groups())) if last else ("no closing line",)
    return (done.returncode, *counts), done.stdout + done.stderr


def script(name, text, mode=0o755):
    path = source("#!/bin/bash\n" + text + "\n", name)
    os.chmod(path, mode)
    return path


for number, (name, text, want, said) in enumerate(CASES):
    got, out = run(script(f"case-{number}.sh", text))
    ok(got == want and said in out, name, f"got {got}, expected {want} and {said!r} in:", out)

good = script("good.sh", PASS)
skipping = script("skipping.sh", "echo 1..1; echo 'ok 1 - a # SKIP no cgroup v2'")
is_(run(good, skipping)[0], (0, 1, 0, 1), "counts add up over files")
is_(run(good, skipping, ASSAY_MUST_RUN="1")[0], (1, 1, 1, 0), "ASSAY_MUST_RUN turns skips into failures")
is_(run(good, skipping, only="good")[0], (0, 1, 0, 0), "a pattern selects")
is_(run(good, only="none-of-this-name")[0], (1, 0, 1, 0), "a run in which nothing ran fails")
is_(run()[0], (1, 0, 1, 0), "a run without files fails")
is_(run(script("lost-bit.sh", PASS, 0o644))[0], (1, 0, 1, 0), "a script that lost its execute bit fails")
is_(run(os.path.join(scratch(), "not-there"))[0], (1, 0, 1, 0), "a file that is not there fails")
