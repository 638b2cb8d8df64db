#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Faults from outside, at every moment of a run: the supervisor and the agent killed, descriptors that run out.

No sandboxed process survives its supervisor, the caller hears what is wrong, and the next run clears what is left.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time

from tap import SANITIZE, SCALE, is_, isin, ok, run_json, scratch, skip, source

ASSAY = os.environ["ASSAY"]
# Counts grow smaller where each takes longer.
MOMENTS = max(int(40 / SCALE), 8)
# Close to enough each number: where the last one is missing differs by one or two.
DESCRIPTORS = (*range(8, 80, 4 * min(int(SCALE), 3)), *(range(33, 60) if SCALE <= 1 else ()), 1024)
SUM = os.path.join(os.environ["ASSAY_SOURCE"], "tests/fixtures/problems/sum")
PROGRAM = source("#include <stdio.h>\nint main(void){int n;long t=0,x;scanf(\"%d\",&n);"
                 "while(n-->0&&scanf(\"%ld\",&x)==1)t+=x;printf(\"%ld\\n\",t);}", "sum.c")
SLEEPER = source("sleep 300 & sleep 300\n", "sleeper.sh")


def stat_of(pid):
    """Name, state and parent of a process, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
    except OSError:
        return None
    return name, rest.split()[0], int(rest.split()[1])


def descendants(root):
    """Living processes below `root`, by parent."""
    table = {int(pid): stat_of(pid) for pid in filter(str.isdigit, os.listdir("/proc"))}
    found, parents = [], {root}
    while parents:
        parents = {pid for pid, stat in table.items() if stat and stat[2] in parents and stat[1] != "Z"}
        found += parents
    return found


def all_gone(pids, seconds=20):
    """Whether all of them (the same processes: by start time) end within the time."""
    end = time.monotonic() + seconds * SCALE
    while time.monotonic() < end:
        living = [pid for pid in pids if (stat := stat_of(pid)) and stat[1] != "Z"]
        if not living:
            return True
        time.sleep(0.01)
    return False


def killed_after(delay):
    """Kills the supervisor some time after its start; returns whether everything below it ended too."""
    process = subprocess.Popen([ASSAY, "run", "--tests", SUM, PROGRAM], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(delay)
    below = descendants(process.pid)
    process.kill()
    process.wait()
    return all_gone(below)


def supervisor_killed_at_every_stage():
    """From before the engine exists to after the last test: a run takes some 150 ms here, and longer under load."""
    start = time.monotonic()
    is_(run_json("--tests", SUM, PROGRAM)["verdict"], "AC", "the run is accepted when nobody kills it")
    whole = time.monotonic() - start
    survived = [step for step in range(MOMENTS) if not killed_after(whole * step / MOMENTS)]
    is_(survived, [], f"SIGKILL at {MOMENTS} moments of a run: nothing survives the supervisor")
    is_(run_json("--tests", SUM, PROGRAM)["verdict"], "AC", "and the next run is accepted")


def agent_killed():
    """PID 1 of the sandbox dies: ours to answer for."""
    process = subprocess.Popen([ASSAY, "run", "--json", "--limit", "wall=200s", SLEEPER], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60 * SCALE
    agents = []
    while not agents and time.monotonic() < end:
        below = descendants(process.pid)
        names = {pid: stat for pid in below if (stat := stat_of(pid))}
        if sum(stat[0] == "sleep" for stat in names.values()) == 2:
            launchers = [pid for pid, stat in names.items() if stat[2] == process.pid]
            agents = [pid for pid, stat in names.items() if stat[2] in launchers]
        time.sleep(0.02)
    ok(len(agents) == 1, "the sandbox has a first process")
    for pid in agents:
        os.kill(pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=60 * SCALE)
    result = json.loads(out)
    is_((result["verdict"], process.returncode), ("IE", 3), "SIGKILL of PID 1: internal error", result["message"])
    isin("first process", result["message"], "and says what died")
    ok(all_gone(below), "and nothing of the sandbox is left")


def launcher_killed_unheard():
    """
    The launcher dies in the moment in which PID 1 of a sandbox has no parent-death signal: its change of credentials has cleared it, and strace holds
    the call that sets it again. The program must not run: later nothing would tell that sandbox that its supervisor died.
    """
    if SANITIZE or not shutil.which("strace"):
        skip("a launcher that dies unheard", "strace, and a build that works under it")
        return
    log = os.path.join(scratch(), "unheard.log")
    strace = subprocess.Popen(["strace", "-f", "-q", "-o", log, "-e", "trace=execve,prctl,setresuid", "-e",
                               f"inject=prctl:delay_enter={500 if SCALE <= 1 else 1000}ms:when=3..6", ASSAY, "run", "--json", SLEEPER],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 60 * SCALE
    text, launchers = "", []
    while not launchers and time.monotonic() < end:
        time.sleep(0.01)
        if os.path.exists(log):
            with open(log, errors="replace") as f:
                text = f.read()
        if re.search(r"setresuid\(0, 0, 0\) += 0", text):
            supervisor = int(text.split()[0])
            launchers = [pid for pid in descendants(supervisor) if (stat := stat_of(pid)) and stat[2] == supervisor]
    ok(len(launchers) == 1, "the slot has a launcher")
    for pid in launchers:
        os.kill(pid, signal.SIGKILL)
    try:
        out, _ = strace.communicate(timeout=60 * SCALE)
        result = json.loads(out)
        is_(result["verdict"], "IE", "a launcher that dies unheard: internal error", result["message"])
        isin("first process", result["message"], "which says what died")
    finally:
        if strace.poll() is None:
            os.killpg(strace.pid, signal.SIGKILL)


def few_descriptors():
    """Every number of descriptors from too few to enough: accepted, or an internal error with its reason."""
    outcomes = {}
    for n in DESCRIPTORS:
        done = subprocess.run([ASSAY, "run", "--json", "--tests", SUM, PROGRAM], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120 * SCALE,
                              preexec_fn=lambda n=n: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
        verdict = json.loads(done.stdout)["verdict"] if done.stdout else None
        outcomes[n] = (done.returncode, verdict, done.stderr.decode()[:200])
    wrong = {n: outcome for n, outcome in outcomes.items()
             if not (outcome[:2] in ((0, "AC"), (3, "IE")) or (outcome[0] in (2, 3) and outcome[1] is None and outcome[2]))}
    is_(wrong, {}, "with 8 to 1024 descriptors: accepted, or an internal error that says why")
    is_(outcomes[1024][:2], (0, "AC"), "and enough are enough", outcomes[1024])
    is_(run_json(PROGRAM)["verdict"], "AC", "and the next run is accepted")


supervisor_killed_at_every_stage()
agent_killed()
launcher_killed_unheard()
few_descriptors()
