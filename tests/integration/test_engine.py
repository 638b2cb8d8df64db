#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The sandbox as a program inside and a caller outside see it: what is there, what is not, what one step leaves for the next."""

import json
import os
import resource
import signal
import struct
import subprocess
import time

from tap import ASSAY, SOURCE, between, diag, is_, isin, ok, run_json, skip_all, scratch, source, tool

if os.geteuid() != 0:
    skip_all("root")
SCALE = max(float(os.environ.get("ASSAY_TIME_SCALE", "1")), 1)
PYTHON = tool("python3") is not None
STAGED = os.path.join(SOURCE, "tests/escape/policies/staged.yaml")
_number = 0


def shell(text, *args, policy="shell", **how):
    """Runs a script; returns the result."""
    global _number
    _number += 1
    return run_json("--policy", policy, *args, source(text, f"{_number}/main.sh"), **how)


def cases(n):
    """A directory with n cases, whose input is their number and whose answer is "ok"."""
    directory = os.path.join(scratch(), f"cases-{n}")
    os.makedirs(directory, exist_ok=True)
    for i in range(1, n + 1):
        for ending, text in (("in", f"{i}\n"), ("ans", "ok\n")):
            with open(os.path.join(directory, f"{i}.{ending}"), "w", encoding="ascii") as f:
                f.write(text)
    return directory


def says(name, want, text, *args, **how):
    """Passes when the script prints exactly this and is accepted."""
    r = shell(text, *args, **how)
    is_((r["verdict"], r["tests"][0]["stdout"]), ("AC", want), name, r["message"], r["tests"][0]["stderr"])


# --- what is there ---

def test_streams():
    says("/dev/stdout and /proc/self/fd/1 can be written", "a\nb\nc\n",
         "echo a >/dev/stdout; echo b >/proc/self/fd/1; echo c >>/dev/stdout\n")
    r = shell("echo e >/dev/stderr; echo f >/proc/self/fd/2\n")
    is_(r["tests"][0]["stderr"], "e\nf\n", "/dev/stderr and /proc/self/fd/2 can be written")
    says("/dev/stdin can be read", "in", "cat /dev/stdin\n", "--stdin", source("in", "input"))
    says("without input standard input is at its end", "", "cat\n")


def test_descriptors():
    r = run_json("--policy", "native", "--arg", "/proc/self/fd", tool("ls"))
    is_(r["tests"][0]["stdout"], "0\n1\n2\n3\n", "the program has the descriptors 0, 1 and 2 (3 is what ls lists)", r["message"])


def status():
    r = shell("cat /proc/self/status\n")
    return dict(line.split(":\t", 1) for line in r["tests"][0]["stdout"].splitlines() if ":\t" in line)


def test_identity():
    s = status()
    is_((s["Uid"], s["Gid"], s["Groups"].strip()), ("1000\t" * 3 + "1000", "1000\t" * 3 + "1000", ""), "ids and groups")
    is_({s[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}, {"0" * 16}, "no capability in any set")
    is_((s["NoNewPrivs"], s["Seccomp"]), ("1", "2"), "no new privileges, a filter")
    is_((s["SigBlk"], s["ShdPnd"], s["SigIgn"]), ("0" * 16, "0" * 16, "0" * 16), "no signal is blocked, ignored or pending")
    is_(s["CoreDumping"], "0", "no core is being written")
    says("priority, niceness and scheduling are those of any process", "20 0 0 0\n",
         "read -ra f </proc/self/stat\necho ${f[17]} ${f[18]} ${f[39]} ${f[40]}\n")


def test_mounts():
    text = shell("cat /proc/self/mountinfo\n")["tests"][0]["stdout"]
    rows = [line.split(" ") for line in text.splitlines()]
    writable = sorted(row[4] for row in rows if "rw" in row[5].split(","))
    is_(writable, ["/sandbox"], "only the scratch can be written", text)
    odd = [row[4] for row in rows if not (row[4] in ("/", "/proc", "/sandbox") or row[4].startswith("/usr/"))]
    is_(odd, [], "nothing else is mounted", text)
    bad = [row[4] for row in rows if "nosuid" not in row[5] or (row[4] != "/" and "nodev" not in row[5])]
    is_(bad, [], "mounts are nosuid, and nodev but for the root with its five devices", text)
    ok(all("shared:" not in line and "master:" not in line for line in text.splitlines()), "no mount is shared with the host")


def test_processes():
    says("/proc shows own processes only", "", "for p in /proc/[0-9]*; do read -r pid _ <$p/stat && [ $pid = $$ ] || echo $p; done 2>/dev/null\n")
    says("/proc holds processes and nothing of the host", "self\nthread-self\n", "ls /proc | grep -v '^[0-9]'\n")
    r = shell("echo $$ $PPID\n")
    is_(r["tests"][0]["stdout"], "2 1\n", "the program is process 2 of its own")


# --- one test and the next ---

LEAVE = """
read -r n
bad=
for f in ./left /tmp/left /dev/shm/left /tmp/.hidden; do [ -e $f ] && bad="$bad $f"; echo x >$f; done
[ $(ls /proc | grep -c '^[0-9]') -le 4 ] || bad="$bad processes"
[ $$ = 2 ] || bad="$bad pid=$$"
sleep 1000 & setsid sleep 1000 &
ln -sf /etc/passwd answer; chmod 777 /tmp/left; mkdir -p /dev/shm/d/d
echo ${bad:-ok}
"""

IPC = """
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
bad = []
def made(what, r):
    if r < 0 and ctypes.get_errno() == 17:
        bad.append(what)
made("shm", libc.shmget(0x1234, 4096, 0o3666))
made("sem", libc.semget(0x1234, 1, 0o3666))
made("msg", libc.msgget(0x1234, 0o3666))
try:
    s = socket.socket(socket.AF_UNIX)
    s.bind("\\0left-over")
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [s.fileno(), b.fileno()])
except PermissionError:
    pass
except OSError as e:
    bad.append(f"socket {e}")
if os.fork() == 0:
    os.setsid()
    while True:
        pass
print(" ".join(bad) or "ok")
"""


def test_nothing_is_left():
    r = shell(LEAVE, "--tests", cases(3), "--keep-going")
    is_([t["verdict"] for t in r["tests"]], ["AC"] * 3, "files, processes and pids of one test are not seen by the next",
        [t["stdout"] for t in r["tests"]])
    if PYTHON:
        r = run_json("--tests", cases(3), "--keep-going", source(IPC, "ipc.py"))
        is_([t["verdict"] for t in r["tests"]], ["AC"] * 3, "nor are System V IPC and abstract sockets",
            [(t["stdout"], t["denied"]) for t in r["tests"]])


# --- memory ---

FILL = """
read -r n
for i in $(seq 20); do cat /usr/bin/* 2>/dev/null | head -c 20000000 >/dev/null; done
mkdir /tmp/d; for i in $(seq 500); do : >/tmp/d/a-name-that-is-rather-long-so-that-dentries-fill-the-cache-$i; done
for i in $(seq 300); do [ -e /tmp/no-such-name-$i ]; done
head -c 20000000 /dev/zero >/tmp/big
echo ok
"""


def test_memory_after_others():
    grow = 'read -r n; if [ $n = 3 ]; then x=$(head -c 100000000 /dev/zero | tr "\\0" x); echo ${#x}; else ' + FILL.replace("read -r n\n", "") + "fi\n"
    r = shell(grow, "--tests", cases(3), "--keep-going", "--limit", f"memory=64M,cpu={int(10 * SCALE)}s,wall={int(20 * SCALE)}s")
    is_([t["verdict"] for t in r["tests"]], ["AC", "AC", "MLE"], "the memory limit holds after steps that filled caches", r["message"])
    third = r["tests"][2]
    between(third["memory_peak_bytes"], 64 << 20, (64 << 20) + (8 << 20), "its peak is the limit and little more")


# --- limits and stages ---

DEEP = """
mkdir -p $(for i in $(seq %d); do printf d/; done)
for i in $(seq 200); do echo $i >file-$i; done
printf '#!/usr/bin/bash\\nexit 0\\n' >program; chmod 755 program
"""

LINKS = """
head -c 8000000 /dev/zero >file
for i in $(seq 500); do ln file link-$i; done
printf '#!/usr/bin/bash\\nexit 0\\n' >program; chmod 755 program
"""


def test_stages():
    r = shell(DEEP % 35, "--limit", "files=16", policy=STAGED)
    is_((r["verdict"], r["compile"]["verdict"]), ("AC", "AC"), "16 files and a deep stage", r["message"])
    for levels in (45, 300):
        r = shell(DEEP % levels, policy=STAGED)
        is_((r["verdict"], r["_exit"]), ("CE", 1), f"a stage {levels} levels deep is a compile error", r["message"])
        ok("too deep" in r["message"], "and says why", r["message"])
    r = shell(LINKS, policy=STAGED)
    is_((r["verdict"], r["_exit"]), ("CE", 1), "hard links that would not fit are a compile error", r["message"])


def test_files():
    says("16 open files are enough for a shell", "ok\n", "echo ok\n", "--limit", "files=16")
    says("the limit of files is the program's", "16\n16\n", "ulimit -Sn; ulimit -Hn\n", "--limit", "files=16")


# --- what cannot be executed ---

def elf(interpreter, at=None):
    """A program whose only segment names its interpreter."""
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 3, 4, at or 120, 0, 0, len(interpreter), len(interpreter), 1) + interpreter


def test_garbage_programs():
    programs = {"garbage": b"not a program\n", "empty": b"", "elf header only": b"\x7fELF\2\1\1" + bytes(9),
                "no interpreter": b"#!/no/such/program\n", "interpreter of itself": b"#!./x.bin\n",
                "a directory as interpreter": elf(b"/usr\0"), "a file as interpreter": elf(b"/etc/hosts\0"),
                "an interpreter behind the end": elf(b"/x\0", 100000), "an interpreter with a long name": elf(b"/" + b"a" * 300 + b"\0")}
    for name, data in programs.items():
        r = run_json("--policy", "native", source(data, "x.bin"))
        is_((r["verdict"], r["tests"][0]["exit_code"], r["_exit"]), ("NZ", 126, 1), f"{name}: NZ with 126", r["message"])


def policy(name, text):
    return source(f"version: 1\nname: {name}\nsummary: of a test\nextends: native\n{text}", f"policies/{name}.yaml")


def test_policies_that_are_wrong():
    missing = policy("missing", "run:\n  argv: [/usr/bin/no-such-program]\n")
    r = shell("", policy=missing)
    is_((r["verdict"], r["_exit"]), ("IE", 3), "a program of the policy that is missing is an internal error")
    ok("exec: " in r["message"] and "policy's program" in r["message"], "and says so", r["message"])
    need = policy("need", "needs:\n  - program: /usr/bin/no-such-program\n    package: the-package\n")
    r = shell("", policy=need)
    is_(r["verdict"], "IE", "a need that is missing is an internal error")
    ok("the-package" in r["message"], "and names the package", r["message"])


def test_checker_codes():
    answer = source("", "empty-answer")
    for code in (42, 43, 44):
        r = shell(f"exit {code}\n", "--expected", answer)
        is_((r["verdict"], r["tests"][0]["exit_code"]), ("NZ", code), f"exit code {code} is the program's, not a checker's")


# --- the caller ---

def test_interrupt():
    path = source("while :; do sleep 0.05; done\n", "interrupted.sh")
    started = time.monotonic()
    with subprocess.Popen([ASSAY, "run", "--json", "--limit", "wall=60s", path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        time.sleep(0.6 * SCALE)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30 * SCALE)
    is_(process.returncode, 130, "SIGINT: exit status", err)
    ok(time.monotonic() - started < 5 * SCALE, "SIGINT ends a run at once")
    if out:
        is_(json.loads(out)["verdict"], "IE", "SIGINT: whatever is said is an internal error")


def test_file_size_limit_of_the_caller():
    size = 4 << 20  # room for copies of the agent

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    path = source("head -c 6000000 /dev/zero\n", "flood.sh")
    done = subprocess.run([ASSAY, "run", "--json", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          preexec_fn=limited, timeout=60 * SCALE, check=False)
    isin(done.returncode, (0, 3), "a file size limit of the caller does not kill the supervisor", done.stderr)
    path = source("echo fine\n", "small.sh")
    done = subprocess.run([ASSAY, "run", path], capture_output=True, preexec_fn=limited, timeout=60 * SCALE, check=False)
    is_((done.returncode, done.stdout), (0, b"fine\n"), "and what fits is judged", done.stderr)
    tiny = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 10, 20 << 10))  # noqa: E731
    done = subprocess.run([ASSAY, "run", path], capture_output=True, preexec_fn=tiny, timeout=60 * SCALE, check=False)
    ok(done.returncode == 3 and b"File too large" in done.stderr, "where the agent does not fit: an error that says so", done.stderr)
    soft = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))  # noqa: E731
    path = source("head -c 6000000 /dev/zero >x; echo $?\n", "large-file.sh")
    done = subprocess.run([ASSAY, "run", path], capture_output=True, preexec_fn=soft, timeout=60 * SCALE, check=False)
    is_(done.stdout, b"0\n", "the caller's limit is not the program's", done.stderr)


for name, test in sorted(globals().items()):
    if name.startswith("test_") and callable(test):
        diag(name)
        test()
