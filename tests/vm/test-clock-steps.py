#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The time of day is stepped a day ahead and a day back in the middle of runs: limits, times and traces do not follow it.

Only where the host is thrown away after the tests (ASSAY_DISPOSABLE_HOST, set by tools/vm/check): others live by their clock.
"""

import json
import os
import subprocess
import sys
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(SOURCE, "tests/integration")]
import leftovers  # noqa: E402  (found by the line above)
import tap  # noqa: E402

DAY_S = 24 * 3600
# A program, the limit that it runs into or none, the verdict.
RUNS = (
    ("naps", "sleep 3\n", "wall=60s", "AC"),
    ("sleeps", "sleep 3000\n", "wall=3s", "WTLE"),
    ("spins", "sleep 1\nwhile :; do :; done\n", "cpu=1s,wall=60s", "TLE"),
)


class Steps:
    """The time of day, to be stepped; afterwards it is what it would be without."""

    def __enter__(self):
        self.offset_s = time.time() - time.monotonic()
        return self

    def __exit__(self, *what):
        time.clock_settime(time.CLOCK_REALTIME, time.monotonic() + self.offset_s)

    @staticmethod
    def step(seconds):
        time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)


def stepped_run(seconds, *argv):
    """Runs assay and steps the clock when the program sleeps; returns the result and how long it took in seconds."""
    started = time.monotonic()
    with Steps() as steps, subprocess.Popen([tap.ASSAY, "run", "--json", *argv], stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not any(name == "sleep" for _, name, _ in leftovers.processes()):
            time.sleep(0.02)
        tap.ok(process.poll() is None, "the clock is stepped while the program sleeps")
        steps.step(seconds)
        out, err = process.communicate(timeout=60 * tap.SCALE)
    return json.loads(out), err, time.monotonic() - started


def test_step(days, name, program, limits, verdict):
    trace = os.path.join(tap.scratch(), f"{name}{days}.assay")
    keys = os.path.join(tap.scratch(), "keys")
    result, err, took_s = stepped_run(days * DAY_S, "--policy", "shell", "--limit", limits, "--trace", trace, "--key-dir", keys,
                                      tap.source(program, f"{name}.sh"))
    case = result["tests"][0]
    what = f"{name}, {days:+d} day"
    tap.is_(case["verdict"], verdict, f"{what}: the verdict is that of a clock that runs on", case, err)
    tap.between(case["wall_time_ns"], 10**9, took_s * 10**9, f"{what}: the wall time is the time that passed")
    verified = tap.assay("trace", "verify", "--json", "--key-dir", keys, trace)
    tap.is_(json.loads(verified.stdout)["validity"], "valid", f"{what}: the trace is valid", verified.stdout)
    shown = tap.assay("trace", "show", "--json", trace).stdout.splitlines()
    times = [event["ts_ns"] for event in map(json.loads, shown)]
    tap.between(max(times), case["wall_time_ns"] // 2, took_s * 10**9, f"{what}: no event is a day away")


def main():
    if os.environ.get("ASSAY_DISPOSABLE_HOST") != "1":
        tap.skip_all("a host that is thrown away, whose clock may be stepped")
    tap.run("--policy", "shell", tap.source("exit 0\n", "first.sh"))  # makes what stays: the state directory, the root group
    before = leftovers.host()
    for days in (1, -1):
        for run in RUNS:
            test_step(days, *run)
    leftovers.settled(before, "nothing is left")


main()
