#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Calls that fail one at a time, in the supervisor and in what it forks: strace answers them with an error instead of the kernel.

A run whose N-th call of a kind fails is accepted (the failure was borne) or is an internal error with its reason. It never blames the
submission, dies of a signal, hangs or leaves something behind. Every N of a kind up to MOST is tried; above that a spread of them. On a slow
machine it is one of a kind, and a share of the kinds.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import tempfile

from leftovers import host, settled
from tap import ASSAY, BUILD, SANITIZE, SCALE, diag, is_, ok, run_json, share, skip, skip_all, source

MOST = int(os.environ.get("ASSAY_INJECT_MOST", "1" if SCALE > 1 else "4"))
LEAST_KINDS = 18
PROGRAM = source("read a b\necho $((a + b))\n", "sum.sh")
INPUT = source("1 2\n", "sum.in")
ANSWER = source("3\n", "sum.ans")
INTERRUPTED = os.path.join(BUILD, "test/escape/denial-interrupted") if BUILD else ""
RUN = [ASSAY, "run", "--json", "--stdin", INPUT, "--expected", ANSWER, PROGRAM]

# What each call answers when the host is short of something, or broken.
ERRORS = {
    "mmap": "ENOMEM", "mkdir": "ENOSPC", "openat": "EMFILE", "open": "EMFILE", "write": "ENOSPC", "pwrite64": "ENOSPC",
    "read": "EIO", "pread64": "EIO", "memfd_create": "EMFILE", "pipe2": "EMFILE", "socketpair": "ENFILE", "socket": "EMFILE",
    "clone": "EAGAIN", "clone3": "EAGAIN", "vfork": "EAGAIN", "execve": "ENOMEM", "setns": "EPERM", "unshare": "ENOSPC", "fcntl": "EMFILE",
    "dup2": "EBUSY", "dup3": "EBUSY", "epoll_create1": "EMFILE", "epoll_ctl": "ENOSPC", "timerfd_create": "EMFILE", "timerfd_settime": "EINVAL",
    "signalfd4": "EMFILE", "eventfd2": "EMFILE", "sendmsg": "ENOBUFS", "recvmsg": "EIO", "recvmmsg": "EIO", "openat2": "EMFILE",
    "fsopen": "ENOMEM", "fsconfig": "ENOSPC",
    "fsmount": "EMFILE", "open_tree": "EMFILE", "move_mount": "EINVAL", "mount": "ENOMEM", "mount_setattr": "EINVAL", "ftruncate": "ENOSPC",
    "fchown": "EPERM", "fchownat": "EPERM", "mkdirat": "ENOSPC", "symlinkat": "ENOSPC", "fstat": "EIO", "splice": "ENOMEM",
    # Not brk: the kernel answers it with the old break, never with an error, and the C library takes what it gets for an address.
    "seccomp": "ENOMEM", "prctl": "EINVAL", "setresuid": "EAGAIN", "setresgid": "EAGAIN", "setgroups": "EPERM", "prlimit64": "EPERM",
    "landlock_create_ruleset": "ENOMEM", "landlock_add_rule": "ENOMEM", "landlock_restrict_self": "E2BIG", "keyctl": "EDQUOT",
    "flock": "ENOLCK", "pidfd_open": "EMFILE", "sched_setscheduler": "EPERM", "sethostname": "EPERM", "chdir": "EACCES", "umount2": "EBUSY",
    "unlinkat": "EBUSY", "rmdir": "EBUSY", "ioctl": "EIO", "getrandom": "EINTR", "faccessat2": "EIO", "getdents64": "EIO",
}


def strace(*options):
    return ["strace", "-q", "-o", os.path.join(scratch, "log"), *options, *RUN]


def calls_of(follow):
    """How often each call is made, and how often before the program's own first one: what starts it is not ours."""
    subprocess.run(strace(*(["-f"] if follow else []), "-e", "trace=munmap,mprotect," + ",".join("?" + c for c in ERRORS)),
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=120 * SCALE)
    start, total = None, collections.Counter()
    # The last act of the C library in a static program: it makes its own relocations read-only.
    last = "mprotect"
    with open(os.path.join(scratch, "log")) as log:
        for line in log:
            found = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if not found:
                continue
            if start is None and "ld.so.cache" in line:
                last = "munmap"  # the loader's last act: it lets go of that
            if start is None and found[1] == last:
                start = collections.Counter(total)
            elif found[1] in ERRORS:
                total[found[1]] += 1
    return start or collections.Counter(), total


def spread(first, last):
    count = last - first + 1
    if count <= MOST:
        return list(range(first, last + 1))
    return sorted({first + i * (count - 1) // max(MOST - 1, 1) for i in range(MOST)})


def hit_the_program():
    """Whether the call that failed was the submission's own, which strace -f sees as well: that is not ours to answer for."""
    own = set()
    with open(os.path.join(scratch, "log")) as log:
        for line in log:
            pid = line.split(" ", 1)[0]
            if re.search(r'execve\("(?!.*assay-)', line) and line.rstrip().endswith("= 0"):
                own.add(pid)
            if "(INJECTED)" in line and pid in own:
                return True
    return False


def outcome(follow, call, n):
    """None when it is in order, else what is not."""
    options = ["-f"] if follow else []
    try:
        done = subprocess.run(strace(*options, "-e", f"trace=execve,?{call}", "-e", f"inject={call}:error={ERRORS[call]}:when={n}"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * SCALE)
    except subprocess.TimeoutExpired:
        return "hangs"
    said = done.stderr.decode(errors="replace").strip()[-300:]
    try:
        result = json.loads(done.stdout) if done.stdout else None
    except ValueError:
        return f"exit {done.returncode}, output that is no JSON: {done.stdout[-200:]!r}"
    if done.returncode < 0 or done.returncode > 3:
        return f"exit {done.returncode}: {said}"
    if result is None:
        return None if done.returncode in (2, 3) and said else f"exit {done.returncode} without a word"
    if result["verdict"] == "AC":
        return None if done.returncode == 0 else f"AC, exit {done.returncode}"
    if result["verdict"] != "IE":
        if follow and hit_the_program():
            return None
        return f"{result['verdict']}: {result['message']}"
    return None if result["message"] and done.returncode == 3 else f"IE without a reason, exit {done.returncode}"


def failing_calls(follow, who):
    start, total = calls_of(follow)
    wrong, tried = {}, 0
    kinds = share(sorted(total), least=LEAST_KINDS)
    for call in kinds:
        for n in spread(start[call] + 1, total[call]):
            what = outcome(follow, call, n)
            tried += 1
            if what is not None:
                wrong[f"{call} {n} of {total[call]}"] = what
    least = LEAST_KINDS if MOST == 1 else 50
    ok(tried >= least and len(total) > 20, f"{who}: many calls of many kinds are made to fail", f"{tried} of {len(total)} kinds")
    diag(f"{who}: {tried} failures of {len(kinds)} of {len(total)} kinds of calls")
    is_(wrong, {}, f"{who}: each failing call is borne, or an internal error that says why")


# With a file system of its own for what stays loaded between runs, so that everything is loaded anew.
LOADED_ANEW = ["unshare", "-m", "sh", "-c",
               'for d in /sys/fs/bpf /run/assay/bpf; do ! grep -q " $d bpf " /proc/mounts || mount -t bpf none $d; done; exec "$@"', "sh"]


def clock_refused(run):
    """
    A run to which the kernel's answer to the first program at clocks is EINVAL, also when it is asked for its reasons. How many calls come before it depends on what else is loaded on the
    host: the last try says where it was.
    """
    log, n = os.path.join(scratch, "bpf.log"), 0
    for _ in range(10):
        inject = ["-e", f"inject=bpf:error=EINVAL:when={n}..{n + 1}"] if n else []
        done = subprocess.run([*LOADED_ANEW, "strace", "-f", "-q", "-o", log, "-e", "trace=bpf", *inject, *run],
                              stdout=subprocess.PIPE, timeout=120 * SCALE, check=False)
        with open(log) as f:
            calls = [line.split(" ", 1) for line in f if "bpf(" in line]
        at = next(i for i, (_, text) in enumerate(calls) if "prog_type=BPF_PROG_TYPE_PERF_EVENT" in text)
        if "(INJECTED)" in calls[at][1]:
            return json.loads(done.stdout)
        n = sum(pid == calls[at][0] for pid, _ in calls[: at + 1])
    return None


def a_refused_kind_of_program():
    """A kernel without programs at clocks: the rest is loaded, the limit holds, and the result says what is missing."""
    result = clock_refused([ASSAY, "run", "--json", "--limit", f"cpu={int(300 * SCALE)}ms,wall={int(20 * SCALE)}s",
                            source("while :; do :; done\n", "spin.sh")])
    if not ok(result is not None, "a program at clocks is refused"):
        return
    is_((result["verdict"], result["environment"]["layers"]["bpf"]), ("TLE", "on"), "... and the CPU limit holds", result["message"])
    ok("bpf-perf-event" in result["environment"]["degraded"] and result["tests"][0]["syscalls"],
       "... and the result says so, and has its counts", result["environment"])


def denial_unread(run):
    """A run whose first denied call cannot be read any more, as if a signal had interrupted it; None: strace did not meet it."""
    log, n = os.path.join(scratch, "ioctl.log"), 0
    for _ in range(10):
        inject = ["-e", f"inject=ioctl:error=ENOENT:when={n}"] if n else []
        done = subprocess.run(["strace", "-q", "-o", log, "-e", "trace=ioctl", *inject, *run], stdout=subprocess.PIPE, timeout=120 * SCALE,
                              check=False)
        with open(log) as f:
            calls = [line for line in f if line.startswith("ioctl(")]
        at = next((i for i, text in enumerate(calls) if "SECCOMP_IOCTL_NOTIF_RECV" in text), None)
        if at is not None and "(INJECTED)" in calls[at]:
            return json.loads(done.stdout)
        n = 0 if at is None else at + 1
    return None


def a_denied_call_that_is_not_read():
    """It is a denial all the same, and its number is known of what the kernel side counted."""
    result = denial_unread([ASSAY, "run", "--json", source("unshare -n true\n", "unshare.sh")])
    if not ok(result is not None, "a denied call cannot be read"):
        return
    step = result["tests"][0]
    call = {"syscall": "unknown" if step["syscalls"] is None else "unshare", "args": [], "pid": 0, "comm": ""}
    is_((step["verdict"], step["denied"][0]), ("DJS", call), "... and is a denial of this call all the same", step["denied"])


def a_denied_call_that_nobody_is_told_of():
    """The loop sleeps while signals interrupt a denied call a hundred times and the program comes to its end."""
    done = subprocess.run(["strace", "-q", "-o", os.path.join(scratch, "log"), "-e", "trace=epoll_wait,ioctl", "-e",
                           f"inject=epoll_wait:delay_enter={int(200000 * SCALE)}:when=1..12", ASSAY, "run", "--json", "--limit",
                           f"pids=4,cpu={int(5 * SCALE)}s,wall={int(30 * SCALE)}s", "--policy", "native", INTERRUPTED],
                          stdout=subprocess.PIPE, timeout=120 * SCALE, check=False)
    step = json.loads(done.stdout)["tests"][0]
    with open(os.path.join(scratch, "log")) as log:
        told = "SECCOMP_IOCTL_NOTIF_RECV" in log.read()
    ok(not told and step["exit_code"] == 0, "a program comes to its end, and nobody is told of its denied calls", step)
    counted = step["syscalls"] is not None
    is_((step["verdict"], [c["syscall"] for c in step["denied"]]), ("DJS", ["keyctl"]) if counted else ("AC", []),
        "... which are known of what the kernel side counted")


if shutil.which("strace") is None:
    skip_all("strace")
if SANITIZE:
    skip_all("ptrace for a sanitizer's runtime, which does not work under it")
scratch = tempfile.mkdtemp(prefix="assay-test-inject-")
try:
    is_(run_json("--stdin", INPUT, "--expected", ANSWER, PROGRAM)["verdict"], "AC", "the run is accepted when nothing fails")
    before = host()
    failing_calls(False, "supervisor")
    failing_calls(True, "supervisor, launcher and agent")
    a_refused_kind_of_program()
    a_denied_call_that_is_not_read()
    if os.path.exists(INTERRUPTED):
        a_denied_call_that_nobody_is_told_of()
    else:
        skip("a denied call that nobody is told of", "the attempts of tests/escape")
    last = run_json("--stdin", INPUT, "--expected", ANSWER, PROGRAM)
    is_((last["verdict"], last["environment"]["degraded"]), ("AC", []), "the next run is accepted, and lacks nothing")
    settled(before, "and nothing is left")
finally:
    shutil.rmtree(scratch)
