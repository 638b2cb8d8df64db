#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""`assay policy learn` from real runs: under what was learned the same program compiles and runs again, and one more call is refused.

ASSAY_LEARN_RUNS says how often each program is run again: runtimes with threads of their own are scheduled differently each time.
"""

import collections
import json
import os

from tap import SANITIZE, SCALE, assay, diag, is_, isin, ok, run_json, scratch, share, skip, skip_all, source, tool

RUNS = int(os.environ.get("ASSAY_LEARN_RUNS", "3" if SANITIZE or SCALE > 1 else "20"))
KEYS = os.path.join(scratch(), "keys")
C_PROGRAM = """#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	FILE *f = fopen("out", "w");
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
CPP_PROGRAM = """#include <fstream>
#include <thread>
#include <unistd.h>
int main()
{
	std::thread other([] { std::ofstream("out") << "hi"; });
	other.join();
	EXTRA
}
"""
JAVA_PROGRAM = """import java.nio.file.*;
public class Main {
	public static void main(String[] args) throws Exception {
		Files.writeString(Path.of("x"), "hi");
		EXTRA
	}
}
"""
# Language: file, program, a statement that makes one more call, that call, what its toolchain is known by.
PROGRAMS = {
    "c": ("a.c", C_PROGRAM, 'link("out", "other");', "link", "gcc"),
    "python": ("a.py", "import os\nopen('x', 'w').write('hi')\nprint(sorted(os.listdir('/usr')))\nEXTRA\n", "os.link('x', 'y')", "link", "python3"),
    "c++": ("a.cpp", CPP_PROGRAM, 'link("out", "other");', "link", "g++"),
    "java": ("Main.java", JAVA_PROGRAM, 'Files.createLink(Path.of("y"), Path.of("x"));', "link", "javac"),
    "javascript": ("a.js", "require('fs').writeFileSync('x', 'hi');\nconsole.log([3, 1, 2].sort().join());\nEXTRA\n",
                   "require('fs').linkSync('x', 'y');", "link", "node"),
    "shell": ("a.sh", "for i in 1 2 3; do echo $i; done\necho hi > x\nEXTRA\n", "kill -0 $$", "kill", "bash"),
}
THREADED = {"javascript": 3, "java": 3}  # traces to learn from: what a runtime does besides comes with the clock
ROOM = ("--limit", "wall=60s,cpu=30s")


def cases(name, answer):
    """A problem of RUNS equal cases."""
    for i in range(RUNS):
        source("", f"cases-{name}/{i:04}.in")
        source(answer, f"cases-{name}/{i:04}.ans")
    return os.path.join(scratch(), "cases-" + name)


def traced(path, name):
    file = os.path.join(scratch(), name + ".assay")
    return run_json("--trace", file, "--key-dir", KEYS, *ROOM, path), file


def mounts_of(shown, phase):
    return {m["source"] for m in (shown.get(phase) or {}).get("mounts", [])}


def narrower(name, policy, base):
    """Nothing that the base does not mount, and in both phases a profile of its own."""
    now, before = (json.loads(assay("policy", "show", "--json", p).stdout) for p in (policy, base))
    for phase in ("compile", "run"):
        ok(mounts_of(now, phase) <= mounts_of(before, phase), f"{name}: {phase}: no mount is new", mounts_of(now, phase))
    want = {"compile": "learned-compile" if before.get("compile") else None, "run": "learned"}
    is_({p: now[p]["seccomp"]["profile"] if now.get(p) else None for p in want}, want, f"{name}: profiles of its own")


def again(name, policy, path, answer):
    result = run_json("--policy", policy, "--tests", cases(name, answer), "--keep-going", *ROOM, path, timeout=3600)
    verdicts = collections.Counter(t["verdict"] for t in result["tests"])
    denied = [(d["syscall"], d["args"]) for t in result["tests"] + [result["compile"] or {}] for d in t.get("denied", [])]
    is_((dict(verdicts), denied), ({"AC": RUNS}, []), f"{name}: under which it passes {RUNS} times", result["message"])


def learns(name, file_name, text, extra, call):
    path = source(text.replace("EXTRA", ""), file_name)
    files = []
    for i in range(THREADED.get(name, 1)):
        result, file = traced(path, f"{name}-{i}")
        is_(result["verdict"], "AC", f"{name}: accepted", result["message"])
        files.append(file)
    where = os.path.join(scratch(), "learned-" + name)
    done = assay("policy", "learn", "--output", where, *files)
    is_(done.returncode, 0, f"{name}: a policy is learned", done.stderr)
    policy = os.path.join(where, "learned.yaml")
    profiles = sorted(os.path.join(where, "seccomp", f) for f in os.listdir(os.path.join(where, "seccomp")))
    done = assay("policy", "check", policy, *profiles)
    is_(done.returncode, 0, f"{name}: policy check accepts it", done.stdout)
    narrower(name, policy, result["policy"])
    again(name, policy, path, result["tests"][0]["stdout"])
    other = source(text.replace("EXTRA", extra), "more/" + file_name)
    result = run_json("--policy", policy, *ROOM, other)
    is_(result["verdict"], "DJS", f"{name}: one more call is too many", result["message"])
    isin(call, [d["syscall"] for d in result["tests"][0]["denied"]], f"{name}: and it is named")


def compiles_only_what_was_traced():
    """The compile phase is held to its own profile: a compiler that is asked for more than it did is refused."""
    where = os.path.join(scratch(), "learned-c")
    profile = os.path.join(where, "seccomp", "learned-compile.yaml")
    with open(profile) as f:
        text = f.read()
    with open(profile, "w") as f:
        f.write(text.replace("  - vfork\n", ""))
    result = run_json("--policy", os.path.join(where, "learned.yaml"), source(C_PROGRAM.replace("EXTRA", ""), "a.c"))
    is_(result["verdict"], "CE", "c: without a call that its compiler made it does not compile", result["message"])
    isin("vfork", [d["syscall"] for d in result["compile"]["denied"]], "c: which is named")


if "absent" in run_json(source("exit 0\n", "probe.sh"))["environment"]["layers"].get("bpf", "absent"):
    skip_all("BPF tracing programs")
for language, (file_name, text, extra, call, needed) in share(PROGRAMS.items(), least=2):
    if not tool(needed):
        skip(language, needed)
        continue
    learns(language, file_name, text, extra, call)
    diag(f"{language}: {RUNS} runs under a policy of {THREADED.get(language, 1)} traces")
if os.path.exists(os.path.join(scratch(), "learned-c")):
    compiles_only_what_was_traced()
