#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Gas and traces of real runs: summing up however they are counted, stopping where they should, readable by a stranger.

That they are the same in every run is test_exact.py's; what is learned from them, test_learn.py's.
"""

import collections
import hashlib
import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ET

from programs import C
from tap import ASSAY, assay, diag, is_, isin, ok, run_json, scratch, skip, skip_all, source, tool

try:
    import foreign_reader as foreign
except ImportError as e:
    skip_all(f"{e.name} for /usr/bin/python3 (python3-msgpack, python3-zstandard)")

KEYS = os.path.join(scratch(), "keys")

GROWS = """import time
kept = []
while len(kept) < 60:
    kept.append(bytearray(1 << 20))
    end = time.process_time() + 0.005
    while time.process_time() < end:
        pass
"""
# What is metered is everything that a program and its children do: each shape of it once.
PROGRAMS = {
    "c": (None, source(C, "dynamic.c")),
    "python": (None, source("import json\nopen('x', 'w').write('y')\nprint(json.dumps(sorted([3, 1, 2])))\n", "sorted.py")),
    "shell": (None, source("for i in 1 2; do seq 9 | sort -r | tr 0-9 a-j; done\necho hi > x\n", "pipe.sh")),
    "javascript": ("node", source("console.log([3, 1, 2].sort().join())\n", "sorted.js")),
    "java": ("javac", source("public class Main { public static void main(String[] a) { System.out.println(1); } }\n", "Main.java")),
}


def static_program():
    path = os.path.join(scratch(), "static")
    subprocess.run(["gcc", "-static", "-O1", "-o", path, source(C, "static.c")], check=True)
    return path


def traced(name, *args):
    """A run with a trace: its result, and the trace's path."""
    path = os.path.join(scratch(), name + ".assay")
    return run_json("--trace", path, "--key-dir", KEYS, *args), path


def read(path):
    with open(path, "rb") as f:
        return foreign.read(f.read())


def sums_up(name, result):
    step = result["tests"][-1]
    by_class = result["gas"]["by_class"]
    is_(sum(row["gas"] for row in by_class.values()), result["gas"]["used"], f"{name}: the account is the sum of its parts")
    is_(sum(step["calls"].values()), step["syscalls"], f"{name}: the calls are the sum of theirs")


def the_limit(program):
    """From one unit to more than it needs: it ends at the first call that reaches the limit."""
    total = run_json("--policy", "native", program)["gas"]["used"]
    wrong = {}
    for limit in sorted({1, 2, 3, 10, 2000, 2001, total // 2, total - 1, total, total + 1}):
        result = run_json("--policy", "native", "--limit", f"gas={limit}", program)
        step, used = result["tests"][0], result["gas"]["used"]
        good = (result["verdict"] == "AC" and limit > total and used == total) or (
            result["verdict"] == "GLE" and limit <= total and used >= limit and "gas" in step["limits_hit"])
        if not good:
            wrong[limit] = (result["verdict"], used, step["limits_hit"])
    is_(wrong, {}, f"gas limits from 1 to {total + 1}: GLE up to what it needs, accepted above")


def counts_agree(name, program):
    """Kernel counters, what the trace holds, and what readers of two languages count in it."""
    result, path = traced("agree-" + name, program)
    is_(result["verdict"], "AC", f"{name}: accepted", result["message"])
    verified = assay("trace", "verify", "--json", "--key-dir", KEYS, path)
    is_(json.loads(verified.stdout)["validity"], "valid", f"{name}: the trace is valid", verified.stdout)
    is_(result["trace"]["lost"], 0, f"{name}: nothing is lost")
    events = read(path)["events"]
    lines = assay("trace", "show", "--json", path).stdout.splitlines()
    shown = [json.loads(line) for line in lines]
    is_(len(events), result["trace"]["events"], f"{name}: as many events as the run says")
    is_([foreign.line(e) for e in events], [json.dumps(e, separators=(",", ":")).replace("\x7f", "\\u007f") for e in shown],
        f"{name}: a foreign reader sees the same events")
    calls = collections.Counter(e["syscall"] for e in shown if "ret" in e)
    stat = json.loads(assay("trace", "stat", "--json", path).stdout)
    is_({c["syscall"]: c["count"] for c in stat["calls"]}, dict(calls), f"{name}: so does stat")
    done = collections.Counter(e["syscall"] for e in shown if "ret" in e and "restart" not in e.get("flags", []))
    counted = collections.Counter(result["tests"][-1]["calls"])
    if result.get("compile"):
        counted += collections.Counter(result["compile"]["calls"])
    is_(dict(done), dict(counted), f"{name}: calls in the trace are those that the kernel counted")
    sums_up(name, result)


def tells_who_ran(program):
    """The start record: which interpreter, which programs of the kernel side."""
    _, path = traced("start", program)
    start = read(path)["start"]
    with open("/usr/bin/python3", "rb") as f:
        is_(start.get("tool./usr/bin/python3"), hashlib.blake2b(f.read(), digest_size=32).hexdigest(), "start record: python3 by its hash")
    ids = {k: v for k, v in start.items() if k.startswith("program.") and not k.endswith(".tag")}
    ok(ids and all(isinstance(v, int) and v > 0 for v in ids.values()), "start record: ids of BPF programs", ids)
    ok(all(re.fullmatch("[0-9a-f]{16}", start.get(k + ".tag", "")) for k in ids), "and their tags", start)
    is_(start["node"], os.uname().nodename, "and the node")


def bad_files():
    there = source("something\n", "there.assay")
    hello = source("echo hello\n", "hello.sh")
    for path, word in ((there, "already"), ("/no/such/directory/x", "cannot open"), ("/dev/null", "a device"), (scratch(), "")):
        done = assay("run", "--trace", path, "--key-dir", KEYS, hello)
        ok(done.returncode == 2 and word.encode() in done.stderr, f"--trace {os.path.basename(path)}: refused", done.returncode, done.stderr)
    with open(there) as f:
        is_(f.read(), "something\n", "what was there is as it was")
    small = os.path.join(scratch(), "small")
    os.mkdir(small)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", small], check=True)
    try:
        loop = source("for i in $(seq 20000); do echo $i; done >/dev/null\nls / >/dev/null\n", "loop.sh")
        done = assay("run", "--trace", os.path.join(small, "t"), "--key-dir", KEYS, "--limit", "cpu=60s,wall=100s,pids=64", loop)
        is_(done.returncode, 3, "a full disk under the trace: internal error", done.stderr)
        isin(b"No space left", done.stderr, "that says so")
    finally:
        subprocess.run(["umount", small], check=True)


def loss():
    flood = source("import os\nfor i in range(200000): os.getppid()\n", "flood.py")
    for policy in ("stop", "drop"):
        result, path = traced("loss-" + policy, "--on-loss", policy, "--limit", "cpu=100s,wall=200s", flood)
        told = result["trace"]
        is_(result["verdict"], "AC", f"{policy}: accepted", result["message"])
        ok(told["lost"] == 0 or policy == "drop", f"{policy}: nothing is lost", told)
        is_(assay("trace", "verify", "--key-dir", KEYS, path).returncode, 0, f"{policy}: what was received and lost is all there was")
        diag(f"{policy}: {told['events']} events, {told['lost']} lost")


def objects():
    """What a program reads is known by the object, whatever the number of the descriptor: it was told when the file was opened."""
    _, path = traced("objects", source("open('/usr/bin/env', 'rb').read()\n", "objects.py"))
    events = [json.loads(line) for line in assay("trace", "show", "--json", path).stdout.splitlines()]
    names = {tuple(e["object"]): e["path"] for e in events if e.get("syscall") == "openat" and e.get("ret", -1) >= 0}
    reads = [e for e in events if e.get("syscall") == "read" and e["ret"] > 0]
    is_([e for e in reads if "object" not in e], [], "objects: every read has one", len(reads))
    ok("/usr/bin/env" in {names.get(tuple(e["object"])) for e in reads}, "objects: ... which the event of its opening names", names)
    ok(all("resolved" in e["flags"] for e in reads), "objects: ... and is certain in a program with one thread")


def samples():
    """What a run uses over time, as a reader, the plot and Chrome's counters see it."""
    result, path = traced("samples", "--limit", "wall=60s", source(GROWS, "grows.py"))
    is_(result["verdict"], "AC", "samples: accepted", result["message"])
    is_(assay("trace", "verify", "--key-dir", KEYS, path).returncode, 0, "samples: the trace is valid")
    trace = read(path)
    taken = [e for e in trace["events"] if e["kind"] == 11]
    memory, cpu, processes = zip(*(e["args"][:3] for e in taken))
    numbered = [e for e in trace["events"] if e["kind"] not in (10, 11, 12)]
    is_([e["seq"] for e in numbered], list(range(len(numbered))), "samples: the other events are numbered without them")
    ok(len(taken) >= 10, "samples: at least ten in 300 ms of CPU time", len(taken))
    top = memory.index(max(memory))
    grown = [b - a for a, b in zip(memory[: top + 1], memory[1 : top + 1])]
    ok(memory[top] >= 40 << 20 and len([d for d in grown if d > 0]) >= 10, "samples: memory grows", memory)
    is_((sorted(cpu), sorted(e["ts"] for e in taken)), (list(cpu), [e["ts"] for e in taken]), "samples: time and CPU time never go back")
    ok(abs(cpu[-1] - result["tests"][0]["cpu_time_ns"]) < 20_000_000, "samples: the last has the step's CPU time", cpu[-1])
    is_((max(processes), processes[-1]), (1, 0), "samples: one process, and none at the end")
    is_(taken[-1]["gas"], result["gas"]["used"], "samples: the last has the step's gas")
    plot = assay("trace", "plot", path)
    lines = [e.get("points").split() for e in ET.fromstring(plot.stdout).iter("{http://www.w3.org/2000/svg}polyline")]
    ok(plot.returncode == 0 and len(lines) == 4 and all(len(line) == len(taken) for line in lines), "plot: four curves through every sample",
       [len(line) for line in lines])
    heights = {line.split(",")[1] for line in lines[0]}
    ok(len(heights) >= 10, "plot: of memory that changes", heights)
    chrome = json.loads(assay("trace", "export", "--format", "chrome", path).stdout)["traceEvents"]
    counters = collections.Counter(e["name"] for e in chrome if e["ph"] == "C")
    is_(dict(counters), {name: len(taken) for name in ("memory", "cpu", "gas", "processes")}, "chrome: a counter of each")


def live():
    """Who follows a trace sees what a program did while it runs on, and in the end all of it."""
    path = os.path.join(scratch(), "live.assay")
    file = source("import os, time\nos.mkdir('marker')\ntime.sleep(3)\nos.mkdir('last')\n", "waits.py")
    run = subprocess.Popen([ASSAY, "run", "--limit", "wall=60s", "--key-dir", KEYS, "--trace", path, file], stdout=subprocess.DEVNULL)
    while not os.path.exists(path) and run.poll() is None:
        time.sleep(0.01)
    follower = subprocess.Popen([ASSAY, "trace", "show", "--follow", "--call", "mkdir", path], stdout=subprocess.PIPE, text=True)
    seen = [next(follower.stdout), next(follower.stdout)]
    ok('mkdir("' in seen[1] and "marker" in seen[1] and run.poll() is None, "live: a call is seen while the program runs", seen)
    cut = assay("trace", "verify", "--key-dir", KEYS, path)
    ok(cut.returncode == 1 and b"cut" in cut.stdout and b"\n  0 events" not in cut.stdout, "live: what is there holds, and is cut", cut.stdout)
    rest = follower.communicate()[0]
    is_((run.wait(), follower.returncode), (0, 0), "live: both end")
    isin("last", rest, "live: all of it was shown")
    is_("".join(seen) + rest, assay("trace", "show", "--call", "mkdir", path).stdout.decode(), "live: as who comes later sees it")
    is_(assay("trace", "verify", "--key-dir", KEYS, path).returncode, 0, "live: the trace is valid")


def oom():
    """The kernel's victim is told of, and nobody else's end is."""
    result, path = traced("oom", "--limit", "memory=48M", source("a = []\nwhile True: a.append(bytearray(1 << 20))\n", "hog.py"))
    is_(result["verdict"], "MLE", "oom: memory limit", result["message"])
    is_(assay("trace", "verify", "--key-dir", KEYS, path).returncode, 0, "oom: the trace is valid")
    events = read(path)["events"]
    victims = [e for e in events if e["kind"] == 9]
    is_(len(victims), 1, "oom: one event", [e["kind"] for e in events][-8:])
    exits = [e for e in events if e["kind"] == 5 and e["pid"] == victims[0]["pid"]]
    ok(victims[0]["pid"] == 0 or [e["args"][0] for e in exits] == [9], "oom: of the process that got SIGKILL", victims, exits)
    result, path = traced("no-oom", "--limit", "cpu=200ms", source("while True: pass\n", "spin.py"))
    is_((result["verdict"], [e["kind"] for e in read(path)["events"] if e["kind"] == 9]), ("TLE", []), "oom: none when time is over")


if "absent" in run_json(source("exit 0\n", "probe.sh"))["environment"]["layers"].get("bpf", "absent"):
    skip_all("BPF tracing programs")
the_limit(static_program())
for language, (needed, file) in PROGRAMS.items():
    if needed and not tool(needed):
        skip(language, needed)
    else:
        counts_agree(language, file)
tells_who_ran(PROGRAMS["python"][1])
bad_files()
objects()
samples()
live()
oom()
loss()
