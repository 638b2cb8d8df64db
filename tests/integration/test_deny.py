#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a policy denies: refused by the kernel's security hooks, or, where there are none, not run at all."""

import json
import os

from tap import assay, diag, is_, isin, ok, run_json, scaled, scratch, skip, source

POLICY = """# SPDX-License-Identifier: Apache-2.0
version: 1
name: careful
extends: python
summary: Python that is denied a few things
run:
  deny:
    exec: [/usr/bin/env]
    open: [/usr/lib/os-release]
    connect: [unix]
"""

# Each line of the output: what was tried, and the name of the errno or "done".
PROGRAM = r"""
import errno, os, socket, subprocess

def tried(name, what):
    try:
        what()
        print(name, "done")
    except OSError as e:
        print(name, errno.errorcode[e.errno])

def script():
    with open("run.sh", "w") as f:
        f.write("#!/usr/bin/env true\n")
    os.chmod("run.sh", 0o755)
    subprocess.run(["./run.sh"], check=True)

def by_descriptor():
    fd = os.open("/usr/bin/env", os.O_PATH)
    subprocess.run([f"/proc/self/fd/{fd}", "true"], pass_fds=[fd], check=True)

def reopened():
    os.open("/proc/self/fd/%d" % os.open("/usr/lib/os-release", os.O_PATH), os.O_RDONLY)

def linked(path, what):
    os.symlink(path, "link")
    try:
        what()
    finally:
        os.unlink("link")

here, there = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
there.bind("\0there")
tried("exec", lambda: subprocess.run(["/usr/bin/env", "true"], check=True))
tried("exec-bin", lambda: subprocess.run(["/bin/env", "true"], check=True))
tried("exec-link", lambda: linked("/usr/bin/env", lambda: subprocess.run(["./link", "true"], check=True)))
tried("exec-script", script)
tried("exec-descriptor", by_descriptor)
tried("exec-other", lambda: subprocess.run(["/usr/bin/true"], check=True))
tried("read-program", lambda: open("/usr/bin/env", "rb").read())
tried("open", lambda: open("/usr/lib/os-release"))
tried("open-dots", lambda: open("/usr/bin/../lib/os-release"))
tried("open-link", lambda: linked("/usr/lib/os-release", lambda: open("link")))
tried("open-root", lambda: open("/proc/self/root/usr/lib/os-release"))
tried("open-again", reopened)
tried("stat", lambda: os.stat("/usr/lib/os-release"))
tried("connect", lambda: here.connect("\0there"))
tried("send", lambda: here.sendto(b"x", "\0there"))
tried("pair", lambda: (lambda a, b: a.send(b"x"))(*socket.socketpair()))
"""

REFUSED = {"exec", "exec-bin", "exec-link", "exec-script", "exec-descriptor", "open", "open-dots", "open-link", "open-root", "open-again",
           "connect", "send"}
ALLOWED = {"exec-other", "read-program", "stat", "pair"}


def policy(text=POLICY, name="careful"):
    return source(text, f"policies/{name}.yaml")


def has_hooks():
    report = json.loads(assay("doctor", "--json").stdout)
    return next(layer for layer in report["layers"] if layer["name"] == "bpf-lsm")["state"] == "present"


def run_careful(*args, text=POLICY, name="careful"):
    return run_json("--policy", policy(text, name), "--limit", scaled("cpu=4s,wall=20s"), *args, source(PROGRAM, "attempts.py"))


def test_words():
    """What is written is what is in force, and its hash tells it apart."""
    path = policy()
    shown = json.loads(assay("policy", "show", "--json", path).stdout)
    is_(shown["run"]["deny"], {"exec": ["/usr/bin/env"], "open": ["/usr/lib/os-release"], "connect": ["unix"]}, "policy show: what is denied")
    plain = json.loads(assay("policy", "show", "--json", "python").stdout)
    is_(plain["run"]["deny"], {"exec": [], "open": [], "connect": []}, "... and of a policy that denies nothing")
    text = assay("policy", "show", path).stdout.decode()
    again = json.loads(assay("policy", "show", "--json", source(text, "again/careful.yaml")).stdout)
    is_(again["hash"], shown["hash"], "the YAML that policy show prints is the same policy")
    less = json.loads(assay("policy", "show", "--json", policy(POLICY.replace("    connect: [unix]\n", ""), "careful")).stdout)
    ok(less["hash"] != shown["hash"], "what is denied is part of the hash")


def test_missing_files():
    """A path that leads to nothing, or to a directory, does not run."""
    for what, path, sentence in (("absent", "/usr/lib/no-such-file", "/usr/lib/no-such-file"), ("a directory", "/usr/lib/python3", "no regular file")):
        text = POLICY.replace("/usr/lib/os-release", path)
        result = run_careful("--allow-degraded", text=text)
        is_(result["verdict"], "IE", f"a denied file that is {what} is an internal error")
        isin(sentence, result["message"], "... that names it")


def test_refused_without_hooks():
    result = run_careful()
    is_(result["verdict"], "IE", "without security hooks a policy that denies something does not run")
    isin("bpf-lsm", result["message"], "... and the layer is named", result["message"])
    is_(result["_exit"], 3, "... as a failure of ours")
    result = run_careful("--allow-degraded")
    is_(result["verdict"], "AC", "with --allow-degraded it runs", result["message"])
    isin("bpf-lsm", result["environment"]["degraded"], "... and says what was given up")
    done = set(line.split()[0] for line in result["tests"][0]["stdout"].splitlines() if line.endswith(" done"))
    is_(done, REFUSED | ALLOWED, "... and nothing is refused", result["tests"][0]["stdout"])


def test_attempts():
    result = run_careful()
    step = result["tests"][0]
    is_(result["verdict"], "AC", "a denial is an answer and no end", result["message"], step["stderr"])
    outcomes = dict(line.split() for line in step["stdout"].splitlines())
    is_({name for name, outcome in outcomes.items() if outcome == "EACCES"}, REFUSED, "what is denied is refused by every way", outcomes)
    is_({name for name, outcome in outcomes.items() if outcome == "done"}, ALLOWED, "... and nothing else", outcomes)
    is_(result["environment"]["layers"].get("bpf-lsm"), "on", "... by a layer that the result names")
    is_(step["policy_denials"], {"exec": 5, "open": 5, "connect": 2, "socket": 0, "device": 0}, "... and counted")
    is_(step["denied"], [], "... apart from what the filter refuses")


def test_events():
    trace = os.path.join(scratch(), "deny.trace")
    result = run_careful("--trace", trace, "--trace-level", "events")
    events = [json.loads(line) for line in assay("trace", "show", "--json", trace).stdout.splitlines()]
    denied = [e for e in events if e["kind"] == "denied"]
    is_(len(denied), 12, "every refusal is one event", result["message"])
    ok(all("lsm" in e["flags"] for e in denied), "... with the flag lsm", denied)
    is_({e["syscall"] for e in denied}, {"execve", "openat", "connect", "sendto"}, "... of the call that was refused")
    is_({e["path"] for e in denied if e["syscall"] == "openat"}, {"/usr/lib/os-release"}, "... with the file as the kernel resolved it")
    is_({e["path"] for e in denied if e["syscall"] == "execve"}, {"/usr/bin/env"}, "... and the program")
    ok(not [e for e in events if e["kind"] == "syscall" and e.get("ret") == -13], "... and not told a second time")
    done = assay("trace", "verify", "--allow-unsealed", trace)
    ok(done.returncode in (0, 2), "the trace can be verified", done.stderr)


def test_not_for_others():
    """A policy that denies nothing is not touched, with the hooks there."""
    result = run_json("--policy", "python", "--limit", scaled("cpu=4s,wall=20s"), source(PROGRAM, "attempts.py"))
    counts = result["tests"][0]["policy_denials"]
    is_(counts and set(counts.values()), {0} if counts else None, "without `deny` nothing is denied")


if os.geteuid() != 0:
    skip("what is denied", "root")
else:
    test_words()
    test_missing_files()
    test_not_for_others()
    if has_hooks():
        test_attempts()
        test_events()
    else:
        test_refused_without_hooks()
        diag("the kernel calls no BPF programs at its security hooks: what is refused there is tried on the reference host")
