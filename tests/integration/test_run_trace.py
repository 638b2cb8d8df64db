#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Gas and traces of real runs: the same in every run, summing up, stopping where they should, readable by a stranger."""

import collections
import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET

import foreign_reader as foreign
from tap import ASSAY, SANITIZE, SCALE, assay, diag, is_, isin, ok, run_json, scratch, skip_all, source

RUNS = int(os.environ.get("ASSAY_GAS_RUNS", "8" if SANITIZE or SCALE > 1 else "50"))
KEYS = os.path.join(scratch(), "keys")

C = """#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	int fd = open("out.txt", O_CREAT | O_RDWR, 0644);
	for (int i = 0; i < 20; i++)
		if (write(fd, "line\\n", 5) != 5)
			return 1;
	puts("done");
	return close(fd);
}
"""
CPP = """#include <fstream>
#include <iostream>
int main()
{
	for (int i = 0; i < 3; i++)
		std::ofstream("f" + std::to_string(i)) << "text " << i;
	std::string all, word;
	std::ifstream in("f1");
	while (in >> word)
		all += word;
	std::cout << all << std::endl;
}
"""
GROWS = """import time
kept, end = [], time.monotonic() + 0.3
while time.monotonic() < end:
    kept.append(bytearray(1 << 20))
    time.sleep(0.003)
"""
PROGRAMS = {
    "dynamic C": source(C, "dynamic.c"),
    "C++ with files": source(CPP, "files.cpp"),
    "Python": source("import json\nopen('x', 'w').write('y')\nprint(json.dumps(sorted([3, 1, 2])))\n", "sorted.py"),
    "a shell pipeline": source("printf 'b\\na\\n' | sort | tr a-z A-Z\n", "pipe.sh"),
}


def static_program():
    path = os.path.join(scratch(), "static")
    subprocess.run(["gcc", "-static", "-O1", "-o", path, source(C, "static.c")], check=True)
    return path


def cases(n):
    """A problem of n equal cases: n runs in one engine."""
    top = os.path.join(scratch(), f"cases-{n}")
    os.makedirs(top, exist_ok=True)
    for i in range(n):
        for suffix in ("in", "ans"):
            with open(os.path.join(top, f"{i:04}.{suffix}"), "w"):
                pass
    return top


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


def the_same_every_time(name, program, *args, races=False):
    """`races`: several processes wait for each other in it."""
    result = run_json("--tests", cases(RUNS), "--keep-going", *args, program)
    steps = result["tests"]
    costs = collections.Counter(step["gas_used"] for step in steps)
    cost, often = costs.most_common(1)[0]
    odd = next((step for step in steps if step["gas_used"] != cost), None)
    # One of 1,250 pipelines cost 2 more than the others, and why is not known: this tells of it with the calls that differ.
    ok(often >= RUNS - (RUNS + 49) // 50 * races, f"{name}: {RUNS} runs cost the same", costs, odd and odd["calls"], steps[0]["calls"])
    if odd and races:
        diag(f"{name}: {costs}", {c: n for c, n in odd["calls"].items() if steps[0]["calls"].get(c) != n})
    ok(races or all(step["calls"] == steps[0]["calls"] for step in steps), f"{name}: and make the same calls",
       steps[0]["calls"], next((s["calls"] for s in steps if s["calls"] != steps[0]["calls"]), None))
    digests = set()
    for i in range(4):
        one, path = traced(f"same-{name}-{i}".replace(" ", "-").replace("+", "p"), *args, program)
        # The last step's own: compilers name their temporary files at random.
        digests.add(read(path)["steps"][-1]["digest.canonical"])
        is_(one["trace"]["lost"], 0, f"{name}: nothing is lost") if i == 0 else None
        sums_up(name, one) if i == 0 else None
    # When a child ends decides what its shell does next, and in which order.
    if races:
        diag(f"{name}: {len(digests)} canonical digests in 4 runs")
    else:
        is_(len(digests), 1, f"{name}: their traces have one canonical digest")


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


def counts_agree(name, *args):
    """Kernel counters, what the trace holds, and what a reader of another language counts in it."""
    result, path = traced("agree-" + name, *args)
    step = result["tests"][-1]
    events = [e for e in read(path)["events"]]
    is_(assay("trace", "verify", "--key-dir", KEYS, path).returncode, 0, f"{name}: the trace is valid")
    shown = [json.loads(line) for line in assay("trace", "show", "--json", path).stdout.splitlines()]
    calls = collections.Counter(e["syscall"] for e in shown if e["kind"] in ("syscall", "net", "denied") and "restart" not in e.get("flags", []))
    is_(len(events), result["trace"]["events"], f"{name}: a foreign reader sees as many events")
    is_(len(shown), result["trace"]["events"], f"{name}: trace show shows them all")
    whole = collections.Counter(step["calls"])
    if result.get("compile"):
        whole += collections.Counter(result["compile"]["calls"])
    is_(dict(calls), dict(whole), f"{name}: calls in the trace are those that were counted")


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


def samples():
    """What a run uses over time, as a reader, the plot and Chrome's counters see it."""
    result, path = traced("samples", source(GROWS, "grows.py"))
    is_(result["verdict"], "AC", "samples: accepted", result["message"])
    is_(assay("trace", "verify", "--key-dir", KEYS, path).returncode, 0, "samples: the trace is valid")
    trace = read(path)
    taken = [e for e in trace["events"] if e["kind"] == 11]
    memory, cpu, processes = zip(*(e["args"][:3] for e in taken))
    numbered = [e for e in trace["events"] if e["kind"] not in (10, 11, 12)]
    is_([e["seq"] for e in numbered], list(range(len(numbered))), "samples: the other events are numbered without them")
    ok(len(taken) >= 10, "samples: at least ten in 300 ms", len(taken))
    top = memory.index(max(memory))
    grown = [b - a for a, b in zip(memory[: top + 1], memory[1 : top + 1])]
    ok(memory[top] >= 40 << 20 and len([d for d in grown if d > 0]) >= min(10, 0.8 * len(grown)), "samples: memory grows", memory)
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


def learn(name, program, more, call):
    """The policy that a run needs lets it pass again, and stops it when it makes one more call."""
    top = os.path.join(scratch(), "learned-" + name)
    os.makedirs(top)
    _, path = traced("learn-" + name, program)
    done = assay("policy", "learn", "--output", top, "--name", "learned", path)
    is_(done.returncode, 0, f"learn {name}: a policy is written", done.stderr)
    file = os.path.join(top, "learned.yaml")
    is_(assay("policy", "check", file).returncode, 0, f"learn {name}: policy check accepts it")
    is_(run_json("--policy", file, program)["verdict"], "AC", f"learn {name}: the same program passes under it")
    result = run_json("--policy", file, more)
    is_((result["verdict"], (result["tests"][-1]["denied"] or [{}])[0].get("syscall")), ("DJS", call),
        f"learn {name}: one more call is refused", result["message"])


if "absent" in run_json(source("exit 0\n", "probe.sh"))["environment"]["layers"].get("bpf", "absent"):
    skip_all("BPF tracing programs")
STATIC = static_program()
the_same_every_time("static C", STATIC, "--policy", "native")
for label, file in PROGRAMS.items():
    the_same_every_time(label, file, races=label == "a shell pipeline")
the_limit(STATIC)
counts_agree("shell", PROGRAMS["a shell pipeline"])
counts_agree("c", PROGRAMS["dynamic C"])
counts_agree("python", PROGRAMS["Python"])
if shutil.which("node"):
    counts_agree("javascript", source("console.log([3, 1, 2].sort().join())\n", "sorted.js"))
bad_files()
samples()
oom()
loss()
learn("python", source("print('hello')\n", "hello.py"), source("import os\nos.getpgid(0)\nprint('hello')\n", "more.py"), "getpgid")
learn("shell", source("echo hello\n", "hello2.sh"), source("echo hello\ncd /tmp\n", "more.sh"), "chdir")
