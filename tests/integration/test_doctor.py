#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""assay doctor: what it says has the agreed shape and holds together, and nothing of it stays on the host."""

import json
import os
import shutil
import signal
import subprocess
import time

from tap import ASSAY, SANITIZE, SOURCE, is_, isin, ok, scratch, skip

TIME_SCALE = float(os.environ.get("ASSAY_TIME_SCALE", "1"))
STATES = {"present", "absent", "unknown"}
GROUPS = ["namespaces", "mounts", "processes", "security", "cgroups", "bpf", "machine"]
CONTROLLERS = {"memory", "pids", "cpu", "cpuset", "io", "cpuacct"}
NOBODY = 65534


def doctor(program=ASSAY, *args, **how):
    return subprocess.run([program, "doctor", *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * TIME_SCALE,
                          check=False, **how)


def probe_groups():
    """Every probe group on the host, by path."""
    found = set()
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
        tops = {line.split()[4] for line in f if line.split(" - ")[1].startswith("cgroup")}
    for top in tops:
        for path, directories, _ in os.walk(top):
            found |= {os.path.join(path, d) for d in directories if d.startswith("assay-probe-")}
    return found


def mounts():
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
        return {" ".join(line.split()[2:]) for line in f}


def settings():
    """What a careless attempt might have changed."""
    values = {}
    for name in ("kernel/hostname", "kernel/core_pattern", "user/max_user_namespaces"):
        with open(f"/proc/sys/{name}", encoding="utf-8") as f:
            values[name] = f.read()
    return values


def host_state():
    return {"mounts": mounts(), "settings": settings(), "run": os.path.exists("/run/assay"),
            "interfaces": set(os.listdir("/sys/class/net"))}


def install(policies):
    """A copy of assay with its own policies: (name, text) or the name of a packaged one. Returns the program's path."""
    top = os.path.join(scratch(), f"install-{len(os.listdir(scratch()))}")
    target = os.path.join(top, "share/assay/policies")
    os.makedirs(os.path.join(top, "bin"))
    shutil.copy(ASSAY, os.path.join(top, "bin/assay"))
    shutil.copytree(os.path.join(SOURCE, "policies"), target)
    for name in os.listdir(target):
        if name.endswith(".yaml") and name not in ("base.yaml", "compiled.yaml", "interpreted.yaml", *policies):
            os.unlink(os.path.join(target, name))
    for name, text in policies.items():
        if text is not None:
            with open(os.path.join(target, name), "w", encoding="utf-8") as f:
                f.write(text)
    return os.path.join(top, "bin/assay")


def packaged(name):
    with open(os.path.join(SOURCE, "policies", name), encoding="utf-8") as f:
        return f.read()


def report(program=ASSAY, **how):
    done = doctor(program, "--json", **how)
    found = json.loads(done.stdout)
    found["_exit"] = done.returncode
    return found


def duration():
    begin = time.monotonic()
    doctor()
    return time.monotonic() - begin


def test_shape(found):
    is_(set(found) - {"_exit"}, {"version", "kernel", "machine", "root", "all_can_run", "cgroup", "layers", "policies"},
        "the object has the documented keys")
    is_((found["version"], found["kernel"], found["machine"]), (1, os.uname().release, os.uname().machine),
        "version 1, kernel and machine as uname says")
    is_(set(found["cgroup"]), {"mode", "v2_mount", "v2_group", "controllers"}, "keys of cgroup")
    isin(found["cgroup"]["mode"], ("v2", "hybrid", "v1", "none"), "the mode of cgroups is a known word")
    is_(set(found["cgroup"]["controllers"]), CONTROLLERS, "every controller is there")
    for name, controller in found["cgroup"]["controllers"].items():
        ok(set(controller) == {"version", "mount", "group", "available"} and controller["version"] in (0, 1, 2)
           and (controller["mount"] is None) == (controller["version"] == 0), f"controller {name}", controller)


def test_layers(found):
    keys = {"name", "group", "state", "required", "needed_by", "purpose", "detail", "remedy"}
    names = [layer["name"] for layer in found["layers"]]
    wrong = [layer for layer in found["layers"]
             if set(layer) != keys or layer["state"] not in STATES or layer["group"] not in GROUPS or not layer["detail"]]
    is_(wrong, [], "every layer has its keys, a state, a group and a detail")
    is_(len(set(names)), len(names), "names of layers are unique")
    is_([layer["name"] for layer in found["layers"] if layer["state"] == "absent" and not layer["remedy"]], [],
        "an absent layer has a remedy")
    is_([layer["name"] for layer in found["layers"] if layer["state"] == "present" and layer["remedy"]], [],
        "a present one has none")
    is_([layer["name"] for layer in found["layers"] if layer["needed_by"] and not layer["required"]], [],
        "what a policy needs is required")
    with open(os.path.join(SOURCE, "docs/man/assay-doctor.1"), encoding="utf-8") as f:
        page = f.read().split()
    is_([name for name in names if name not in page], [], "the manual page has every layer")


def test_policies(found):
    states = {layer["name"]: layer for layer in found["layers"]}
    is_([p for p in found["policies"] if set(p) != {"name", "can_run", "missing", "packages", "error"}], [],
        "every policy has its keys")
    for policy in found["policies"]:
        lacking = [n for n, layer in states.items() if policy["name"] in layer["needed_by"] and layer["state"] != "present"]
        is_(sorted(m for m in policy["missing"] if "/" not in m), sorted(lacking), f"{policy['name']}: layers that it lacks")
        is_(policy["can_run"], not policy["missing"] and policy["error"] is None, f"{policy['name']}: can run or lacks something")
        is_([m for m in policy["missing"] if "/" in m and os.path.isfile(m) and os.access(m, os.X_OK)], [],
            f"{policy['name']}: no program that is there is said to be missing")
    can = bool(found["policies"]) and all(p["can_run"] for p in found["policies"])
    is_(found["all_can_run"], can, "all_can_run sums the policies up")
    is_(found["_exit"], 0 if can else 1, "and so does the exit status")


def test_text(found):
    done = doctor()
    text = done.stdout.decode()
    is_(done.returncode, found["_exit"], "text and JSON have the same exit status")
    is_(done.stderr, b"", "nothing on standard error")
    ok("\033" not in text, "no colours into a pipe")
    is_([layer["name"] for layer in found["layers"] if f" {layer['name']} " not in text], [], "one line for each layer")
    ok(text.rstrip().rsplit("\n", 1)[-1].endswith("."), "a sentence closes the report", text[-200:])
    ok("\033" in doctor(ASSAY, "--color=always").stdout.decode(), "--color=always colours a pipe too")


def test_usage():
    for args in (["--jsn"], ["operand"], ["--json=yes"], ["--color=green"]):
        done = doctor(ASSAY, *args)
        is_((done.returncode, done.stdout), (2, b""), f"doctor {' '.join(args)} is a usage error")
        ok(done.stderr.startswith(b"assay doctor: "), "which says so", done.stderr.decode())
    done = doctor(ASSAY, "--help")
    is_(done.returncode, 0, "--help")
    isin(b"--json", done.stdout, "lists the options")
    with open("/dev/full", "wb") as full:
        is_(subprocess.run([ASSAY, "doctor"], stdout=full, stderr=subprocess.DEVNULL, check=False).returncode, 3,
            "a report that cannot be written is not a success")


def test_one_policy():
    """Whether the answer follows from the policies, by installations that have one each."""
    found = report(install({"native.yaml": None}))
    is_([p["name"] for p in found["policies"]], ["native"], "an installation with one policy")
    required = [layer["name"] for layer in found["layers"] if layer["required"] and layer["state"] != "present"]
    is_(found["_exit"], 1 if required else 0, "without programs to install, the layers decide")

    text = packaged("shell.yaml").replace("program: /usr/bin/bash", "program: /nonexistent/bash")
    found = report(install({"shell.yaml": text}))
    shell = found["policies"][0]
    is_((found["_exit"], shell["can_run"]), (1, False), "a program that is missing")
    isin("/nonexistent/bash", shell["missing"], "is named")
    is_(shell["packages"], ["bash"], "with its package")
    done = doctor(install({"shell.yaml": text}))
    isin("apt install bash", done.stdout.decode(), "and the text says how to get it")

    found = report(install({"native.yaml": None, "broken.yaml": "summary: \x41\nno-such-key: 1\n"}))
    broken = next(p for p in found["policies"] if p["name"] == "broken")
    is_((found["_exit"], broken["can_run"]), (1, False), "a policy that cannot be read cannot run")
    isin("broken.yaml:", broken["error"] or "", "and the error names file and line")


def test_without_root():
    program = install({"native.yaml": None})
    before = probe_groups()
    how = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    found = report(program, **how)
    is_((found["_exit"], found["root"], found["all_can_run"]), (1, False, False), "without root nothing is promised")
    states = {layer["name"]: layer["state"] for layer in found["layers"]}
    is_(states["user-namespace"], "unknown", "what only root can try is unknown")
    is_(states["openat2"], "present", "what anybody can try is tried")
    isin("run assay doctor as root", doctor(program, **how).stdout.decode(), "the text says what to do")
    is_(probe_groups() - before, set(), "and no group was made")


def test_ignored_children(found):
    """SIGCHLD may be ignored by who starts us; the kernel then keeps no child to be waited for."""
    deaf = report(preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    want = {layer["name"]: layer["state"] for layer in found["layers"]}
    is_({layer["name"]: layer["state"] for layer in deaf["layers"] if want[layer["name"]] != layer["state"]}, {},
        "started with SIGCHLD ignored it says the same")
    is_(deaf["_exit"], found["_exit"], "and has the same exit status")


def test_nothing_stays():
    before = host_state()
    done = doctor()
    after = host_state()
    is_(after, before, "mounts, settings and interfaces are what they were")
    is_(probe_groups(), set(), "no probe group is left")
    children = open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii").read().split()
    is_(children, [], "no process is left", done.stderr.decode())


def ended_by(sig, delay):
    """Starts doctor, sends the signal after a while. Returns the status."""
    child = subprocess.Popen([ASSAY, "doctor"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    time.sleep(delay)
    child.send_signal(sig)
    return child.wait(30)


def test_signals(seconds):
    # Probe groups exist in the first part of a run; reading the policies follows.
    n = max(3, int(12 / TIME_SCALE))
    delays = [seconds * 3 / 4 * part / n for part in range(n)]
    for sig in (signal.SIGINT, signal.SIGTERM):
        statuses = {ended_by(sig, delay) for delay in delays}
        ok(statuses <= {-sig, 0, 1}, f"{sig.name} ends it, or comes too late", statuses)
        is_(probe_groups(), set(), f"{sig.name} leaves no probe group")
    left = set()
    for delay in delays:
        ended_by(signal.SIGKILL, delay)
        left |= probe_groups()
    doctor()
    is_(probe_groups(), set(), f"the next run removes what SIGKILL leaves ({len(left)} groups)")


def test_killed_in_an_attempt():
    """
    The process that answers notifications is killed before its child has asked to die with it: nobody answers that child. strace ends
    when every process that it follows has.
    """
    if not shutil.which("strace"):
        skip("an attempt that is killed beside its child", "strace")
        return
    if SANITIZE:
        skip("an attempt that is killed beside its child", "ptrace for a sanitizer's runtime, which does not work under it")
        return
    log = os.path.join(scratch(), "killed.log")
    strace = subprocess.Popen(["strace", "-f", "-q", "-o", log, "-e", "trace=ioctl,prctl", "-e", "inject=ioctl:signal=KILL",
                               "-e", "inject=prctl:delay_enter=10ms", ASSAY, "doctor"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        strace.wait(60 * TIME_SCALE)
        ended = True
    except subprocess.TimeoutExpired:
        os.killpg(strace.pid, signal.SIGKILL)
        strace.wait()
        ended = False
    ok(ended, "an attempt that is killed before its child dies with it leaves nobody waiting")
    with open(log, encoding="utf-8", errors="replace") as f:
        isin("SECCOMP_IOCTL_NOTIF_RECV", f.read(), "and it was killed where it waits for that child")
    doctor()
    is_(probe_groups(), set(), "and the next run finds nobody in its groups")


def test_several_at_once(found):
    many = [subprocess.Popen([ASSAY, "doctor", "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            for _ in range(6 if TIME_SCALE == 1 else 2)]
    states = [{layer["name"]: layer["state"] for layer in json.loads(p.communicate(timeout=60 * TIME_SCALE)[0])["layers"]} for p in many]
    want = {layer["name"]: layer["state"] for layer in found["layers"]}
    is_([{n: s for n, s in one.items() if want[n] != s} for one in states], [{}] * len(many),
        "several at once say the same as one alone")
    is_(probe_groups(), set(), "and leave nothing")


def main():
    found = report()
    test_shape(found)
    test_layers(found)
    test_policies(found)
    test_text(found)
    test_usage()
    test_one_policy()
    test_ignored_children(found)
    if os.geteuid() == 0:
        test_without_root()
        test_nothing_stays()
        test_signals(min(duration() for _ in range(3)))
        test_killed_in_an_attempt()
        test_several_at_once(found)
    else:
        skip("what a run as root leaves", "root")


main()
