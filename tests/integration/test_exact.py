#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Runs of one program cost the same gas and have one canonical digest, however often.

ASSAY_EXACT_RUNS says how often: 50 in `make test`, 1000 in `make bench-exact`. All runs of a program are steps of one trace; where
two differ, the calls that differ are shown.

Two static programs that the build made cost besides what tests/fixtures/golden.json says, and have its digest, on every host and every kernel:
one without a libc, and one with the libc that the file names. --write writes the file anew (`make golden-gas`).
"""

import collections
import json
import os
import sys

from programs import C
from tap import BUILD, SANITIZE, SCALE, SOURCE, assay, diag, is_, ok, run_json, scratch, skip, skip_all, source

RUNS = int(os.environ.get("ASSAY_EXACT_RUNS", "8" if SANITIZE or SCALE > 1 else "50"))
GOLDEN = os.path.join(SOURCE, "tests/fixtures/golden.json")
KEYS = os.path.join(scratch(), "keys")

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
PYTHON = "import json\nopen('x', 'w').write('y')\nprint(json.dumps(sorted([3, 1, 2])))\n"


def cases(n):
    """A problem of n equal cases: n runs in one engine."""
    top = os.path.join(scratch(), f"cases-{n}")
    os.makedirs(top, exist_ok=True)
    for i in range(n):
        for suffix in ("in", "ans"):
            with open(os.path.join(top, f"{i:04}.{suffix}"), "w"):
                pass
    return top


def calls_of(path, step):
    shown = assay("trace", "show", "--json", "--step", step, path).stdout.splitlines()
    return collections.Counter((e.get("comm"), e.get("syscall") or e["kind"], "restart" in e.get("flags", [])) for e in map(json.loads, shown))


def differences(path, steps, key):
    """What the first step that differs from most of them did otherwise."""
    usual = collections.Counter(s[key] for s in steps).most_common(1)[0][0]
    like = next(s["name"] for s in steps if s[key] == usual)
    for odd in [s for s in steps if s[key] != usual][:3]:
        here, there = calls_of(path, odd["name"]), calls_of(path, like)
        diag(f"{odd['name']} ({odd[key]}), not in {like} ({usual}): {dict(here - there)}; only there: {dict(there - here)}")


def by_address(path, steps, borne):
    """The steps whose calls differ from those of most others by `borne` alone, which the program makes more where its addresses fall so."""
    usual = collections.Counter(s["digest.canonical"] for s in steps).most_common(1)[0][0]
    like = next(s["name"] for s in steps if s["digest.canonical"] == usual)
    odd = [s for s in steps if s["digest.canonical"] != usual][:3] if borne else []
    return [s for s in odd if calls_of(path, s["name"]) - calls_of(path, like) == borne and not calls_of(path, like) - calls_of(path, s["name"])]


def exact(name, program, *args, borne=None):
    """Returns gas and digest of a run."""
    path = os.path.join(scratch(), name.replace(" ", "-").replace("+", "p") + ".assay")
    result = run_json("--tests", cases(RUNS), "--keep-going", "--trace", path, "--key-dir", KEYS, *args, program, timeout=3600)
    records = [json.loads(x) for x in assay("trace", "show", "--records", "--json", path).stdout.splitlines()]
    steps = [r for r in records if r["record"] == "step" and r["name"] != "compile"]
    is_((len(steps), result["trace"]["lost"]), (RUNS, 0), f"{name}: {RUNS} runs are in the trace, and nothing is lost")
    is_({t["exit_code"] for t in result["tests"]}, {0}, f"{name}: each ends with 0")
    moved = by_address(path, steps, borne)
    steps = [s for s in steps if s not in moved]
    if moved:
        diag(f"{name}: {len(moved)} of {RUNS} runs have {dict(borne)} more, for where their memory lies")
    gas = collections.Counter(s["gas.used"] for s in steps)
    told = collections.Counter(t["gas_used"] for t in result["tests"]).most_common(1)[0][0]
    is_(dict(gas), {told: RUNS - len(moved)}, f"{name}: {RUNS} runs cost the same") or differences(path, steps, "gas.used")
    digests = collections.Counter(s["digest.canonical"] for s in steps)
    is_(len(digests), 1, f"{name}: and have one canonical digest") or differences(path, steps, "digest.canonical")
    diag(f"{name}: {RUNS} runs, gas {dict(gas)}, {len(digests)} digests, {result['trace']['events']} events")
    os.unlink(path)
    return {"gas": next(iter(gas)), "digest": next(iter(digests))}


def schedule_hash():
    return json.loads(assay("gas", "schedule", "show", "--json", "assay-1").stdout)["schedule"]["hash"]


def golden(title, name):
    """A static program of the build's: what a run of it costs here is what it costs anywhere."""
    with open(GOLDEN, encoding="utf-8") as f:
        known = json.load(f)
    program = os.path.join(BUILD, "test", name)
    if not os.path.exists(program):
        return skip(f"{title}: runs", f"{name}, which is built on x86-64")
    here = exact(title, program, "--policy", "native")
    libc = os.confstr("CS_GNU_LIBC_VERSION")
    if known["libc"].get(name, libc) != libc:
        return skip(f"{title}: golden values", f"{known['libc'][name]}, this is {libc}")
    if ok(known["schedule"] == schedule_hash(), f"{title}: golden values are of this price list", "after a change: make golden-gas"):
        is_(here, known["programs"][name], f"{title}: gas and digest are the golden ones, which no kernel changes")
    return None


def write():
    libc = os.confstr("CS_GNU_LIBC_VERSION")
    known = {"schedule": schedule_hash(), "libc": {"golden-libc": libc},
             "programs": {n: exact(n, os.path.join(BUILD, "test", n), "--policy", "native") for n in ("golden-bare", "golden-libc")}}
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump(known, f, indent=2)
        f.write("\n")


if "absent" in run_json(source("exit 0\n", "probe.sh"))["environment"]["layers"].get("bpf", "absent"):
    skip_all("BPF tracing programs")
if "--write" in sys.argv:
    write()
    sys.exit()
golden("static C without libc", "golden-bare")
golden("static C", "golden-libc")
exact("dynamic C", source(C, "dynamic.c"))
exact("C++ with files", source(CPP, "files.cpp"))
# An arena that lies across 16 GiB, by chance one in 16384, makes Python map one more node of its table of arenas (Objects/obmalloc.c, arena_map_get).
exact("Python", source(PYTHON, "sorted.py"), borne=collections.Counter({("python3", "mmap", False): 1}))
# seq writes once. bash's own printf and echo write every line by itself, and a reader that is quick reads once more.
exact("a shell pipeline", source("seq 9 | sort -r | tr 0-9 a-j\n", "pipe.sh"))
