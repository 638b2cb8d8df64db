#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Assay in a unit of its own with Delegate=yes, which is how a service manager starts a supervisor.

What the reference host can enforce is kept in tests/fixtures/doctor-reference.json, without what differs between kernels
and boots; `test-delegated.py --write` prints it anew. The submissions of tests/fixtures are judged elsewhere by hand
(tests/integration), against the same table: so a verdict here that differs from one there is a failure of one of them.
"""

import json
import os
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(SOURCE, "tests/integration"), os.path.join(SOURCE, "tools/demo")]
import judge  # noqa: E402  (found by the line above)
import tap  # noqa: E402

FIXTURE = os.path.join(SOURCE, "tests/fixtures/doctor-reference.json")
# What the groups of a run decide or take part in; the rest of the list is the business of tests/integration.
PROGRAMS = ("c/accepted.c", "c/slow.c", "c/sleeping.c", "c/memory.c", "c/forking.c", "c/forbidden.c", "python/accepted.py")
UNIT = ["systemd-run", "--quiet", "--wait", "--collect", "--pipe", "-p", "Delegate=yes", "-p", "TasksMax=infinity", "--"]


def is_reference_host():
    kind = subprocess.run(["stat", "-f", "-c", "%T", "/sys/fs/cgroup"], capture_output=True, text=True, check=False)
    return kind.stdout.strip() == "cgroup2fs" and os.path.isdir("/run/systemd/system") and os.geteuid() == 0


def in_unit(*argv):
    """Runs assay in a delegated unit; returns a CompletedProcess."""
    return subprocess.run([*UNIT, tap.ASSAY, *argv], stdin=subprocess.DEVNULL, capture_output=True, timeout=120 * tap.SCALE, check=False)


def stable(report):
    """What of a doctor's report is the same on every boot of every kernel here."""
    return {
        "cgroup": {
            "mode": report["cgroup"]["mode"],
            "controllers": {name: [c["version"], c["available"]] for name, c in report["cgroup"]["controllers"].items()},
        },
        "layers": {layer["name"]: layer["state"] for layer in report["layers"]},
    }


def report_of_doctor():
    done = in_unit("doctor", "--json")
    return done, json.loads(done.stdout)


def test_doctor():
    done, report = report_of_doctor()
    with open(FIXTURE, encoding="utf-8") as file:
        want = json.load(file)
    tap.is_(done.returncode, 0, "doctor: every default policy can run")
    tap.is_([p["name"] for p in report["policies"] if not p["can_run"]], [], "... by name")
    got = stable(report)
    tap.is_(got["cgroup"], want["cgroup"], "doctor: the controllers are those of the reference")
    differing = {k: (got["layers"].get(k), want["layers"].get(k))
                 for k in got["layers"].keys() | want["layers"].keys() if got["layers"].get(k) != want["layers"].get(k)}
    tap.is_(differing, {}, "doctor: the layers are those of the reference (got, expected)")


# Whatever the unit has run before, doctor and engine stay in its subtree. The last line is where a slot was seen.
IN_ONE_UNIT = """
unit=/sys/fs/cgroup$(cut -d : -f 3 /proc/self/cgroup)
"$1" doctor --json
"$1" run --policy shell "$2" >/dev/null 2>&1 &
for try in $(seq 1200); do
	for slot in "$unit"/slot-* /sys/fs/cgroup/assay/slot-*; do
		[ ! -d "$slot" ] || break 2
	done
	sleep 0.05
done
wait
echo "$unit"
echo "$slot"
"""


def test_subtree():
    """The groups that doctor and engine make are inside of the unit, also when something ran there before."""
    sleeper = tap.source("sleep 2\n", "sleeper.sh")
    done = subprocess.run([*UNIT, "sh", "-c", IN_ONE_UNIT.replace("$", "$$"), "sh", tap.ASSAY, sleeper], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120 * tap.SCALE, check=False)
    *report, unit, slot = done.stdout.rstrip("\n").split("\n")
    layers = {layer["name"]: layer for layer in json.loads("\n".join(report))["layers"]}
    tap.ok(unit.startswith("/sys/fs/cgroup/system.slice/"), "a unit of its own", unit)
    tap.ok(layers["cgroup-create"]["detail"].endswith(f" {unit}"), "doctor makes its groups inside of the unit", layers["cgroup-create"])
    tap.is_(layers["cgroup-memory"]["detail"], "v2, at /sys/fs/cgroup", "... which hands the controllers on")
    tap.ok(slot.startswith(f"{unit}/slot-"), "the engine after it makes its slots inside of the unit", slot, done.stderr)


def test_verdict(row):
    done = in_unit("run", "--json", "--tests", judge.PROBLEM, "--limit", tap.scaled(row.limits, [row.limit]), os.path.join(judge.SUBMISSIONS, row.file))
    result = json.loads(done.stdout)
    tap.is_(result["verdict"], row.verdict, f"{row.file} is judged as by hand", result.get("message"), done.stderr.decode(errors="replace"))
    tap.is_(result["environment"]["cgroup"], "v2", "... on the v2 tree")


def main():
    if not is_reference_host():
        tap.skip_all("systemd, root and a pure cgroup v2 tree")
    if sys.argv[1:] == ["--write"]:
        print(json.dumps(stable(report_of_doctor()[1]), indent=2, sort_keys=True))
        sys.stdout.flush()
        os._exit(0)
    test_doctor()
    test_subtree()
    for row in judge.rows():
        if row.file in PROGRAMS:
            test_verdict(row)


main()
