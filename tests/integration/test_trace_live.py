#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Traces of real runs: counts agree however they are counted, equal runs have equal digests, and a learned policy is enough.

Needs `assay run --trace`, and a host on which the kernel side can run.
"""

import collections
import json
import os

from tap import assay, is_, isin, ok, run_json, scratch, skip, skip_all, source, tool

try:
    import foreign_reader as foreign
except ImportError as e:
    skip_all(f"{e.name} for /usr/bin/python3 (python3-msgpack, python3-zstandard)")

RUNS = int(os.environ.get("ASSAY_TRACE_RUNS", "10"))
KEYS = os.path.join(scratch(), "keys")
C_PROGRAM = """#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	FILE *f = fopen("/work/out", "w");
	for (int i = 0; i < 100; i++)
		fprintf(f, "%d\\n", i);
	fclose(f);
	if (fork() == 0)
		_exit(3);
	wait(NULL);
	EXTRA
	return 0;
}
"""
# Language: file, program, a statement that makes one more call, that call.
PROGRAMS = {
    "python": ("a.py", "import os\nopen('x', 'w').write('hi')\nprint(sorted(os.listdir('/usr')))\nEXTRA\n", "os.link('x', 'y')", "link"),
    "c": ("a.c", C_PROGRAM, 'link("/work/out", "/work/other");', "link"),
    "javascript": ("a.js", "require('fs').writeFileSync('x', 'hi');\nconsole.log([3, 1, 2].sort().join());\nEXTRA\n",
                   "require('fs').linkSync('x', 'y');", "link"),
    "shell": ("a.sh", "for i in 1 2 3; do echo $i; done\necho hi > x\nEXTRA\n", "kill -0 $$", "kill"),
}
_n = 0


def traced(path, *args):
    """Runs a program with a trace; the result and the trace's path."""
    global _n
    _n += 1
    file = os.path.join(scratch(), f"{_n}.assay")
    return run_json("--trace", file, "--key-dir", KEYS, *args, path), file


def agree(name, result, file):
    verified = assay("trace", "verify", "--json", "--key-dir", KEYS, file)
    is_(json.loads(verified.stdout)["validity"], "valid", f"{name}: the trace is valid", verified.stdout)
    with open(file, "rb") as f:
        read = foreign.read(f.read())
    shown = [json.loads(x) for x in assay("trace", "show", "--json", file).stdout.splitlines()]
    is_([foreign.line(e) for e in read["events"]], [json.dumps(e, separators=(",", ":")).replace("\x7f", "\\u007f") for e in shown],
        f"{name}: the foreign reader sees the same events")
    stat = json.loads(assay("trace", "stat", "--json", file).stdout)
    calls = collections.Counter(e["syscall"] for e in shown if "ret" in e)
    is_({c["syscall"]: c["count"] for c in stat["calls"]}, dict(calls), f"{name}: so does stat")
    last = [e for e in read["events"] if e["step"] == len(read["steps"]) - 1]
    restarted = sum(bool(e["flags"] & foreign.RESTART) or e["nr"] == 15 for e in last if e["kind"] == 2)
    counted = sum(e["kind"] == 2 or (e["kind"] in (7, 8) and e["nr"] >= 0 and e["ret"] < 0) or (e["kind"] == 7 and e["nr"] >= 0 and e["ret"] >= 0)
                  for e in last) - restarted
    is_(counted, result["tests"][0]["syscalls"], f"{name}: the kernel's own counters agree", calls)
    is_(result["trace"]["lost"], 0, f"{name}: nothing was lost")


def learns(name, path, text, extra, call, files):
    where = os.path.join(scratch(), "learned-" + name)
    done = assay("policy", "learn", "--output", where, *files)
    is_(done.returncode, 0, f"{name}: a policy is learned", done.stderr)
    policy = os.path.join(where, "learned.yaml")
    is_(assay("policy", "check", policy).returncode, 0, f"{name}: policy check accepts it")
    if name == "javascript":  # whose threads make a call in one run that they did not make in nine others
        return
    is_(run_json("--policy", policy, path)["verdict"], "AC", f"{name}: under which the program passes")
    other = source(text.replace("EXTRA", extra), "more-" + os.path.basename(path))
    result = run_json("--policy", policy, other)
    is_(result["verdict"], "DJS", f"{name}: one more call is too many", result["message"])
    isin(call, [d["syscall"] for d in result["tests"][0]["denied"]], f"{name}: and it is named")


def digests(name, path):
    seen = set()
    for _ in range(RUNS):
        _, file = traced(path)
        with open(file, "rb") as f:
            seen.add(foreign.read(f.read())["steps"][-1]["digest.canonical"])
    is_(len(seen), 1, f"{name}: {RUNS} runs have one canonical digest")


def main():
    if b"--trace " not in assay("run", "--help").stdout:
        skip_all("assay run --trace")
    for name, (file_name, text, extra, call) in PROGRAMS.items():
        if name == "javascript" and not tool("node"):
            skip(name, "node")
            continue
        path = source(text.replace("EXTRA", ""), file_name)
        result, file = traced(path)
        if not os.path.exists(file):
            skip_all("BPF tracing: " + result["message"])
        is_(result["verdict"], "AC", f"{name}: accepted", result["message"])
        agree(name, result, file)
        # A runtime whose threads race does not make quite the same calls each time.
        more = [traced(path)[1] for _ in range(8 if name == "javascript" else 0)]
        learns(name, path, text, extra, call, [file, *more])
        if name != "javascript":  # its threads race, and its heap lies elsewhere each time
            digests(name, path)
    ok(True, "every language was traced")


main()
