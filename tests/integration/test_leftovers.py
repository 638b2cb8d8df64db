#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Many runs, alone and side by side, killed and interrupted: nothing of them is left on the host."""

import os
import signal
import subprocess
import sys
import time

from leftovers import cgroups, host, host_mounts, processes, settled
from tap import SANITIZE, SCALE, assay, is_, ok, run_json, source

# Fewer where each takes longer: a sanitized build is several times slower, and what it can show is in the first runs.
RUNS = int(os.environ.get("ASSAY_LEFTOVER_RUNS", 200 if SANITIZE else max(int(1000 / SCALE**2), 8)))
LOOPS = 8
ASSAY = os.environ["ASSAY"]
SLEEPER = source("sleep 300 & sleep 300 & wait\n", "sleeper.sh")
TRUE = source("exit 0\n", "true.sh")


def launcher_of(process):
    """Pids of the launchers that this engine started."""
    found = []
    for pid, name, _ in processes():
        try:
            with open(f"/proc/{pid}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if name == "assay-launcher" and parent == process.pid:
            found.append(int(pid))
    return found


def loop(n):
    """A shell loop of n runs in a process of its own; its exit status is the number of runs that were not accepted, told on stderr."""
    script = 'bad=0; i=0; while [ $i -lt "$1" ]; do said=$("$2" run "$3" 2>&1) || { bad=$((bad+1)); echo "$said" >&2; }; i=$((i+1)); done; exit $bad'
    return subprocess.Popen(["/bin/sh", "-c", script, "loop", str(n), ASSAY, TRUE])


def sleeping():
    """A run that is in the middle of its sleep, with children."""
    process = subprocess.Popen([ASSAY, "run", "--limit", "wall=300s", SLEEPER], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    end = time.monotonic() + 60 * SCALE
    while time.monotonic() < end:
        if sum(name == "sleep" for _, name, _ in processes()) >= 2:
            return process
        time.sleep(0.02)
    print("# the sleeper did not come up", file=sys.stderr)
    return process


def interrupted(number, status):
    process = sleeping()
    process.send_signal(number)
    _, err = process.communicate(timeout=60 * SCALE)
    name = signal.Signals(number).name
    is_(process.returncode, status, f"{name}: exit status", err)
    ok(b"interrupted" in err, f"{name}: says that it was interrupted", err)
    settled(clean, f"{name}: nothing is left")


def killed():
    process = sleeping()
    ok(launcher_of(process), "there is a launcher while a run lives")
    process.kill()
    process.communicate()
    end = time.monotonic() + 20 * SCALE
    while processes() and time.monotonic() < end:
        time.sleep(0.02)
    is_(processes(), [], "SIGKILL of the supervisor: no sandboxed process survives it")
    ok(cgroups(), "SIGKILL of the supervisor: its groups are still there")
    is_(run_json(TRUE)["verdict"], "AC", "the next run is not disturbed")
    settled(clean, "and has removed them")


def launcher_killed():
    process = sleeping()
    for pid in launcher_of(process):
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate(timeout=60 * SCALE)
    is_(process.returncode, 3, "SIGKILL of a launcher: internal error", err)
    settled(clean, "SIGKILL of a launcher: nothing is left")


before = host_mounts()
assay("run", TRUE)
clean = host()
# Where there is no BPF file system the first run makes one for the programs that the next ones need; docs/architecture.md.
is_([m for m in clean["mounts"] if m not in before and m.split()[1:3] != ["/run/assay/bpf", "bpf"]], [], "the first run leaves no mount but that of its programs")
is_((clean["cgroups"], clean["processes"]), ([], []), "nothing of assay stands on the host before")

is_(loop(RUNS).wait(), 0, f"{RUNS} runs one after the other are accepted")
settled(clean, "and leave nothing")

loops = [loop(max(RUNS // (LOOPS * 4), 1)) for _ in range(LOOPS)]
is_([process.wait() for process in loops], [0] * LOOPS, f"{LOOPS} loops at once are accepted")
settled(clean, "and leave nothing")

interrupted(signal.SIGINT, 130)
interrupted(signal.SIGTERM, 143)
killed()
launcher_killed()
