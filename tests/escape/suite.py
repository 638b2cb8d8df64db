# SPDX-License-Identifier: Apache-2.0
"""What the runners of the escape suite share: building attempts, running them, judging them from outside.

An attempt is believed in nothing but that it failed: status 77 means that it was refused, status 0 that it got what it was
after. What else counts is the verdict, the denied call, the limits that were hit, what was printed, and the state of the host. A
result is one attempt under one profile; its line names the layer that stopped it. After each run nothing of its slot may be
left, and after all of them the host must be as it was before.

The attempts in C are built once, statically, into the build directory, so that a guest that gets the build directory
compiles nothing. With ASSAY_TIME_SCALE above 1 time limits grow by it, and ASSAY_SHARE=K/N, by default 0/ASSAY_TIME_SCALE, scales
the counts: every attempt in C runs under one filter, each N-th, from row K on, under a second; and of the sources that attack
their compiler, of the attempts in JavaScript, and of what is tried with a layer left out, each N-th runs.
"""

import concurrent.futures
import fcntl
import fnmatch
import glob
import hashlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))
import tap  # noqa: E402  (the path above is where it is)

SCALE = tap.SCALE
SHARE = tap.SHARE
share = tap.share
ASSAY = os.environ.get("ESCAPE_ASSAY", tap.ASSAY)
MUST_RUN = os.environ.get("ASSAY_MUST_RUN", "") not in ("", "0")
HANG_SECONDS = 25 * max(SCALE, 1)
MODES = ("strict", "runtime", "compile", "open")
DEFAULT_TIMES = "cpu=2s,wall=6s"  # of policies/base.yaml
CFLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-static", "-w", f"-I{HERE}", f"-I{tap.SOURCE}", "-pthread"]
SLOT_UID_BASE, SLOT_UIDS = 0x70000000, 65536
PROGRAM_FIELDS = ("name", "file", "args", "limits", *MODES, "layer", "how")
STAGED_FIELDS = ("name", "file", "programs", "outcome", "layer")
COMPILE_FIELDS = ("name", "policy", "files", "outcome", "layer")
SCRIPT_FIELDS = ("name", "file", "limits", "outcome", "layer")


def table(name, fields):
    """Rows of a tab-separated file as dicts."""
    rows = []
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            cells = line.rstrip("\n").split("\t")
            if len(cells) != len(fields):
                raise ValueError(f"{name}:{number}: {len(cells)} fields, expected {len(fields)}")
            rows.append(dict(zip(fields, cells)))
    return rows


# --- building ---

def binaries_dir():
    return os.path.join(tap.BUILD, "test/escape") if tap.BUILD else os.path.join(tap.scratch(), "bin")


def digest(source):
    h = hashlib.sha256(" ".join(CFLAGS[:5]).encode())
    for path in (source, os.path.join(HERE, "attempt.h")):
        with open(path, "rb") as f:
            h.update(f.read())
    return h.hexdigest()


def build_one(name):
    """Builds attempts/NAME.c unless it is there; returns None or the compiler's words."""
    source, target = os.path.join(HERE, "attempts", name + ".c"), os.path.join(binaries_dir(), name)
    want = digest(source)
    try:
        with open(target + ".sum", encoding="ascii") as f:
            if f.read() == want and os.path.exists(target):
                return None
    except OSError:
        pass
    made = f"{target}.{os.getpid()}"
    done = subprocess.run(["gcc", *CFLAGS, "-o", made, source, "-lrt"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"{name}: {done.stderr}"
    os.rename(made, target)
    with open(target + ".sum", "w", encoding="ascii") as f:
        f.write(want)
    return None


def build(names, jobs):
    os.makedirs(binaries_dir(), exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        errors = [e for e in pool.map(build_one, sorted(set(names))) if e]
    if errors:
        raise RuntimeError("\n".join(errors))


# --- what happened ---

def steps_of(result):
    compiled = result.get("compile")
    return ([compiled] if compiled else []) + list(result.get("tests") or [])


def outcome_of(step):
    """One word for how a step ended, from what the supervisor saw."""
    if step["verdict"] == "IE" or step.get("fault"):
        return "IE"
    if step["denied"]:
        return "DJS:" + step["denied"][0]["syscall"]
    if step["oom_killed"]:
        return "MLE"
    for key, word in (("cpu", "TLE"), ("wall", "WTLE"), ("output", "OLE"), ("file-size", "OLE")):
        if key in step["limits_hit"]:
            return word
    if step["exit_signal"]:
        return f"RTE:{step['exit_signal']}"
    if step["exit_code"] == 77:
        return "blocked"
    if step["exit_code"]:
        return f"NZ:{step['exit_code']}"
    return step["verdict"] if step["verdict"] != "AC" else "AC"


def agrees(outcome, wanted):
    """Whether an outcome is among the alternatives: DJS stands for any call. What follows `no-ia32:` is one only where the kernel has no 32-bit gate."""
    for want in wanted.split("|"):
        if want.startswith("no-ia32:"):
            if want.removeprefix("no-ia32:") == outcome and not tap.ia32():
                return True
            continue
        if want == outcome or want == outcome.split(":")[0]:
            return True
        if want == "harmless" and outcome in ("AC", "WA", "blocked"):
            return True
    return False


def verdict_agrees(step, outcome, is_compile):
    """The verdict says the same as the facts it was made of."""
    if is_compile:
        return step["verdict"] == ("AC" if outcome == "AC" else "CE")
    word = outcome.split(":")[0]
    return step["verdict"] == ("NZ" if word == "blocked" else word)


def layer_of(outcome, row_layer):
    word, _, what = outcome.partition(":")
    return {
        "DJS": f"seccomp ({what})", "MLE": "memory cgroup", "TLE": "cpu time of the cgroup", "WTLE": "wall clock",
        "OLE": "output limit", "CE": "compile step failed",
    }.get(word, row_layer)


_files = {}
_files_lock = threading.Lock()


def limit_args(limits, outcome):
    """Time limits, given and by default, grow with the machine's slowness, but for those that the outcome may be about."""
    given = ([DEFAULT_TIMES] if SCALE > 1 else []) + ([limits] if limits != "-" else [])
    if not given:
        return []
    last = {limit.split("=")[0]: limit for limit in ",".join(given).split(",")}
    words = outcome.split("|")
    return ["--limit", tap.scaled(",".join(last.values()), [key for key, word in (("cpu", "TLE"), ("wall", "WTLE"), ("extra", "TLE"), ("extra", "WTLE")) if word in words])]


def own_policies():
    """The directory of the suite's policies, or of copies whose times have grown likewise."""
    original = os.path.join(HERE, "policies")
    if SCALE == 1:
        return original
    times = re.compile(r"^( +)(cpu|wall): (\d+m?s)$", re.MULTILINE)
    with _files_lock:
        if "policies" not in _files:
            copy = os.path.join(tap.scratch(), "policies")
            shutil.copytree(original, copy)
            for path in glob.glob(f"{original}/*.yaml"):
                with open(path, encoding="utf-8") as f:
                    grown = times.sub(lambda m: m[1] + tap.scaled(f"{m[2]}={m[3]}").replace("=", ": "), f.read())
                tap.source(grown, f"policies/{os.path.basename(path)}")
            _files["policies"] = copy
        return _files["policies"]


def own_policy(name):
    return os.path.join(own_policies(), name + ".yaml")


def policy_of(mode):
    return "native" if mode == "strict" else own_policy(f"{mode}-native")


class Slots:
    """Which slot each running engine of ours has: its launcher, a child of it, is in a group that is called so."""

    def __init__(self):
        self.engines = {}  # lists of pid and slot; not by pid, which a fork storm brings round soon
        self.lock = threading.Lock()
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while True:
            with self.lock:
                unknown = [engine for engine in self.engines.values() if engine[1] is None]
            for engine in unknown:
                engine[1] = self.look(engine[0])
            time.sleep(0.005 if unknown else 0.02)

    @staticmethod
    def look(pid):
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                children = f.read().split()
            for child in children:
                with open(f"/proc/{child}/cgroup", encoding="utf-8") as f:
                    found = re.search(r"/slot-(\d+)", f.read())
                if found:
                    return int(found.group(1))
        except OSError:
            pass
        return None

    def begin(self, pid):
        engine = [pid, None]
        with self.lock:
            self.engines[id(engine)] = engine
        return engine

    def end(self, engine):
        """The slot that the engine had, or None when it was too quick to be seen."""
        with self.lock:
            del self.engines[id(engine)]
        return engine[1]


SLOTS = Slots()


def run_assay(*args, env=None, timeout=HANG_SECONDS):
    """`assay run --json ARGS`: (object, exit status, seconds); object is None when it hung, said nothing or left something."""
    begin = time.monotonic()
    child = subprocess.Popen([ASSAY, "run", "--json", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, start_new_session=True)
    engine = SLOTS.begin(child.pid)
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        SLOTS.end(engine)
        return None, "hang", time.monotonic() - begin
    left = left_in(SLOTS.end(engine))
    if left:
        return None, f"left behind: {left}", time.monotonic() - begin
    try:
        return json.loads(out), child.returncode, time.monotonic() - begin
    except ValueError:
        return None, f"exit status {child.returncode}: {err.decode(errors='replace')[-500:]}", time.monotonic() - begin


# --- the host, as attempts might reach it ---

class Bait:
    """Servers of the host that attempts try to reach, and a secret that they try to find."""

    def __init__(self):
        self.hits = []
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.bind(("127.0.0.1", 0))
        self.tcp.listen(8)
        self.port = self.tcp.getsockname()[1]
        self.name = f"assay-escape-{os.getpid()}"
        self.unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.unix.bind("\0" + self.name)
        self.unix.listen(8)
        self.secret = f"escape_secret_{os.urandom(8).hex()}"
        self.answer = tap.source(self.secret + "\n", "host/answer")
        self.header = tap.source(f"{self.secret} int {self.secret};\n", "host/secret.h")
        os.environ["ESCAPE_SECRET"] = self.secret  # of assay's own environment, which is not the sandbox's
        self.forbidden = [self.secret, "root:x:0:0:root:/root"]
        for path in ("/etc/shadow", "/etc/machine-id"):
            try:
                with open(path, encoding="utf-8") as f:
                    self.forbidden += [line.strip() for line in f if len(line) > 24][:3]
            except OSError:
                pass
        for server in (self.tcp, self.unix):
            threading.Thread(target=self.accept, args=(server,), daemon=True).start()

    def found_in(self, result):
        """Whether a secret of the host is in what the steps printed."""
        printed = [s[k] for s in steps_of(result) for k in ("stdout", "stderr")]
        return any(secret in text for secret in self.forbidden for text in printed)

    def accept(self, server):
        while True:
            try:
                server.accept()
            except OSError:
                return
            self.hits.append(server.family.name)


def abstract_names():
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as f:
        return [line.split("@", 1)[1].strip() for line in f if "@" in line]


class NameWatch:
    """
    Whether an abstract name is one of the host's while an attempt runs; after it the name is gone with its socket. With no name it
    does not look.
    """

    def __init__(self, name):
        self.name, self.seen, self.over = name, False, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        if self.name:
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        if self.name:
            self.thread.join()

    def watch(self):
        while not self.seen and not self.over.wait(0.02):
            self.seen = self.name in abstract_names()


def ipc_objects():
    found = []
    for name in ("shm", "sem", "msg"):
        try:
            with open(f"/proc/sysvipc/{name}", encoding="ascii") as f:
                found += ["{0} key {1} id {2}".format(name, *line.split()) for line in f.readlines()[1:]]
        except OSError:
            pass
    for path in ("/dev/mqueue", "/dev/shm"):
        if os.path.isdir(path):
            found += [os.path.join(path, n) for n in os.listdir(path)]
    return found


def slot_is_held(number):
    """Whether an engine holds the slot: a lock on its byte of the register."""
    try:
        fd = os.open("/run/assay/slots", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(fd, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, number, 1, 0))  # F_OFD_SETLK
        return False
    except OSError:
        return True
    finally:
        os.close(fd)


def began_before(pid, moment):
    """Whether a process is older than a moment of CLOCK_BOOTTIME."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return int(f.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK") < moment
    except (OSError, IndexError):
        return False


def groups_of(slot, moment):
    """Groups under the number of a slot that have not changed since a moment."""
    found = []
    for path in glob.glob(f"/sys/fs/cgroup/assay/slot-{slot}") + glob.glob(f"/sys/fs/cgroup/*/assay/slot-{slot}") + glob.glob(f"/sys/fs/cgroup/*/assay-slot-{slot}"):
        try:
            found += [path] if os.stat(path).st_ctime < moment else []
        except OSError:
            pass
    return found


def processes_of(slot, moment):
    """Processes of the slot's ids; those that are dead already wait for a parent that may not be ours."""
    found = []
    for status in glob.glob("/proc/[0-9]*/status"):
        try:
            with open(status, encoding="utf-8", errors="replace") as f:
                text = f.read()
        except OSError:
            continue
        field = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        pid = status.split("/")[2]
        if "Uid" not in field or field["State"].startswith(("Z", "X")):
            continue
        if (int(field["Uid"].split()[0]) - SLOT_UID_BASE) // SLOT_UIDS == slot and began_before(pid, moment):
            found.append(f"pid {pid} ({field['Name']}, {field['State']}, child of {field['PPid']})")
    return found


def left_in(slot):
    """What one of our engines, which has ended, left of its slot; other engines may have the same number by now."""
    if slot is None:
        return []
    found, real, boot = [], time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
    for _ in range(20):
        if slot_is_held(slot):
            return []
        found = groups_of(slot, real) + processes_of(slot, boot)
        if not found:
            return []
        time.sleep(0.05 * max(SCALE, 1))
    return [] if slot_is_held(slot) else found


def host_state():
    """What must be the same before and after."""
    def read(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""
    return {
        "hostname": os.uname().nodename,
        "core_pattern": read("/proc/sys/kernel/core_pattern"),
        "swaps": read("/proc/swaps"),
        "modules": len(read("/proc/modules").splitlines()),
        "etc/passwd": read("/etc/passwd"),
        "ns of the runner": {n: os.readlink(f"/proc/self/ns/{n}") for n in ("mnt", "net", "uts", "ipc", "user")},
    }


def clock_offset():
    return time.time() - time.monotonic()


def check_host(before, objects, offset):
    tap.is_([o for o in ipc_objects() if o not in objects and "assay" not in o], [], "no IPC object is left")
    with open("/proc/self/mounts", encoding="utf-8") as f:
        tap.is_([line for line in f if " /sandbox" in line], [], "no mount is left")
    tap.is_(host_state(), before, "name, core pattern, swap, modules and users of the host are as before")
    tap.between(abs(clock_offset() - offset), 0, 2, "the host's clock was not set")


# --- the kinds of attempts ---

class Attempt:
    """One attempt under one profile; run() returns (passed, layer or reasons)."""

    def __init__(self, name, run):
        self.name, self.how, self.seconds = name, run, 0

    def run(self):
        begin = time.monotonic()
        try:
            return self.how()
        except Exception:  # pylint: disable=broad-except  (one attempt that the suite cannot run is one failure)
            return False, [traceback.format_exc()]
        finally:
            self.seconds = time.monotonic() - begin


def judge(result, status, seconds, wanted, row_layer):
    if result is None:
        return False, [f"no result: {status} after {seconds:.1f} s"]
    steps = steps_of(result)
    if not steps:
        return False, [f"no step: {result['verdict']}, {result['message']}"]
    ran = [s for s in steps if s["verdict"] != "SK"] or steps
    step = ran[-1]
    is_compile = result.get("compile") is not None and step is result["compile"]
    outcome = outcome_of(step)
    why = []
    if not agrees("CE" if is_compile and step["verdict"] == "CE" and "CE" in wanted.split("|") else outcome, wanted):
        why.append(f"outcome {outcome}, expected {wanted}")
    if outcome != "IE" and not verdict_agrees(step, outcome, is_compile):
        why.append(f"verdict {step['verdict']} for the outcome {outcome}")
    if outcome == "IE":
        why.append(f"message: {result.get('message')}")
    if why:
        why.append(f"exit {step['exit_code']} signal {step['exit_signal']} limits_hit {step['limits_hit']} "
                   f"denied {[d['syscall'] for d in step['denied']]} stderr {step['stderr'][-300:]!r}")
        return False, why
    return True, layer_of(outcome, row_layer)


def attempt_args(row, mode):
    args = ["--policy", policy_of(mode)]
    if mode != "compile":
        args += limit_args(row["limits"], row[mode])
    if row["args"] != "-":
        for word in row["args"].split(" "):
            args += ["--arg", word]
    return args


def run_attempt(row, mode, bait):
    program = os.path.join(binaries_dir(), row["file"])
    how, _, value = row["how"].partition("=")
    args = attempt_args(row, mode)
    if how == "host-port":
        args += ["--env", f"ESCAPE_PORT={bait.port}"]
    elif how == "host-abstract":
        args += ["--env", f"ESCAPE_ABSTRACT={bait.name}"]
    elif how == "stdin":
        args += ["--stdin", data_file("stdin", value)]
    elif how in ("expected", "secret"):
        args += ["--expected", data_file(how, value) if value else bait.answer]
    elif how in ("twice", "second"):
        args += ["--keep-going", "--tests", tests_dir()]
    hits = len(bait.hits)
    with NameWatch(value if how == "no-abstract" else None) as watch:
        result, status, seconds = run_assay(*args, program)
    passed, said = judge(result, status, seconds, row[mode], row["layer"])
    if watch.seen:
        return (False, [f"{value} was a name of the host"]), said
    return further(row, mode, how, value, bait, hits, result, args, program) if passed else (passed, said), said


def further(row, mode, how, value, bait, hits, result, args, program):
    """What the outcome alone does not show. Returns (passed, reasons)."""
    step = steps_of(result)[-1] if mode != "compile" else result["compile"]
    if how.startswith("host-") and len(bait.hits) > hits:
        return False, [f"a connection reached the host: {bait.hits}"]
    if how == "no-ipc" and any(f" key {int(value, 0)} " in o for o in ipc_objects()):
        return False, ["an IPC object of the host"]
    if how == "wall" and step["wall_time_ns"] > float(value) * 1e9 * max(SCALE, 1):
        return False, [f"it lived for {step['wall_time_ns'] / 1e9:.1f} s"]
    if how == "output" and step["stdout"].strip() not in value.split("|"):
        return False, [f"stdout {step['stdout']!r}"]
    if bait.found_in(result):
        return False, ["the expected output or another secret of the host was found"]
    if how == "twice" and any(t["exit_code"] != 77 for t in result["tests"]):
        return False, [f"exit codes {[t['exit_code'] for t in result['tests']]}"]
    if how == "text":
        done = subprocess.run([ASSAY, "run", "--color", "never", *args, program], capture_output=True, check=False,
                              timeout=HANG_SECONDS)
        raw = [b for b in done.stdout + done.stderr if b < 0x20 and b not in (9, 10)]
        if raw:
            return False, [f"control bytes in the report: {done.stderr!r}"]
    return True, None


def data_file(name, text):
    with _files_lock:
        key = hashlib.sha256(f"{name}{text}".encode()).hexdigest()[:16]
        if key not in _files:
            _files[key] = tap.source(text, f"data/{key}")
        return _files[key]


def tests_dir():
    with _files_lock:
        if "tests" not in _files:
            for n in ("1", "2"):
                tap.source(n, f"two/{n}.in")
                tap.source("", f"two/{n}.ans")
            _files["tests"] = os.path.join(tap.scratch(), "two")
        return _files["tests"]


def modes_of(number, row):
    """
    All filters; with a share, the widest one, where more is left to the other layers, and also the narrowest one in the rows that the
    share takes.
    """
    modes = [m for m in MODES if row[m] != "-"]
    if SHARE[1] == 1 or len(modes) < 2:
        return modes
    return [m for m in modes if m == modes[-1] or (m == modes[0] and number % SHARE[1] == SHARE[0])]


def program_attempts(bait, limited):
    """Those that try to get out (limited False), or those that exhaust, hide or forge under limits of their own."""
    for number, row in enumerate(table("attempts.tsv", PROGRAM_FIELDS)):
        if (row["limits"] != "-") != limited:
            continue
        for mode in modes_of(number, row):
            def run(row=row, mode=mode):
                (passed, why), said = run_attempt(row, mode, bait)
                return (True, said) if passed else (False, why or said)
            yield Attempt(f"{row['name']} ({mode})", run)


def missing_tools(policy):
    tools = {"c": ["/usr/bin/gcc"], "cpp": ["/usr/bin/g++"], "rust": ["/usr/bin/rustc"], "go": ["/usr/lib/go/bin/go"],
             "java": glob.glob("/usr/lib/jvm/java-17-openjdk-*/bin/javac")[:1] or ["/usr/lib/jvm/java-17-openjdk/bin/javac"],
             "javascript": ["/usr/bin/node"]}
    vendor = os.path.join(tap.SOURCE, "policies", policy + ".yaml")
    if "/" not in policy and not os.path.exists(vendor):
        return f"policy {policy}"
    return next((t for t in tools.get(policy, []) if not os.path.exists(t)), None)


def submission_files(row, bait):
    """The files of a compile-step attempt, under the names that they shall have; the first is the main source."""
    paths = []
    for part in row["files"].split(" + "):
        source, _, name = part.partition(" as ")
        with open(os.path.join(HERE, "compile", source), encoding="utf-8") as f:
            text = f.read().replace("@SECRET@", bait.header).replace("@ANSWER@", bait.answer)
        paths.append(tap.source(text, f"compile/{row['name']}/{name.replace('LF', chr(10)) or source}"))
    return paths


def run_compile(row, bait):
    args = ["--policy", row["policy"], "--expected", bait.answer]
    result, status, seconds = run_assay(*args, "--", *submission_files(row, bait), timeout=4 * HANG_SECONDS)
    if row["outcome"] == "refused":
        refused = result is None and status.startswith("exit status 2:")
        return refused, row["layer"] if refused else [f"{status}", json.dumps(result)]
    passed, said = judge(result, status, seconds, row["outcome"], row["layer"])
    if passed and bait.found_in(result):
        return False, ["the expected output or another secret of the host was found"]
    return passed, said if said != "compile step failed" else row["layer"]


def compile_attempts(bait):
    rows = table("compile.tsv", COMPILE_FIELDS)
    if SHARE[1] > 1:
        # What keeps a compiler busy until its time is over does so for minutes under emulation, and shows nothing of the kernel.
        rows = [row for row in rows if "cpu time" not in row["layer"]]
    for row in share(rows):
        missing = missing_tools(row["policy"])
        if missing:
            yield Attempt(f"{row['name']} ({row['policy']})", lambda missing=missing: (None, missing))
        else:
            yield Attempt(f"{row['name']} ({row['policy']} compiler)", lambda row=row: run_compile(row, bait))


def run_script(row, bait):
    policy = {".py": "python", ".js": "javascript", ".sh": "shell"}[os.path.splitext(row["file"])[1]]
    args = ["--policy", policy, "--env", f"ESCAPE_PORT={bait.port}", "--env", f"ESCAPE_ABSTRACT={bait.name}",
            "--expected", bait.answer]
    args += limit_args(row["limits"], row["outcome"])
    hits = len(bait.hits)
    result, status, seconds = run_assay(*args, os.path.join(HERE, "scripts", row["file"]))
    passed, said = judge(result, status, seconds, row["outcome"], row["layer"])
    if passed and len(bait.hits) > hits:
        return False, ["a connection reached the host"]
    if passed and bait.found_in(result):
        return False, ["the expected output or another secret of the host was found"]
    return passed, said


def script_attempts(bait):
    rows = table("scripts.tsv", SCRIPT_FIELDS)
    javascript = [row for row in rows if row["file"].endswith(".js")]  # its start alone takes seconds under emulation
    for row in [row for row in rows if row not in javascript] + share(javascript):
        missing = missing_tools("javascript") if row["file"].endswith(".js") else None
        if missing:
            yield Attempt(row["name"], lambda missing=missing: (None, missing))
        else:
            yield Attempt(f"{row['name']} ({row['file'].rsplit('.', 1)[1]})", lambda row=row: run_script(row, bait))


def run_staged(row):
    """Two tests, so that both start from a copy of the tree that the script has built."""
    script = os.path.join(HERE, "staged", row["file"])
    files = [script] + [os.path.join(binaries_dir(), f) for f in row["programs"].split(",") if f != "-"]
    result, status, seconds = run_assay("--policy", own_policy("staged"), *limit_args("-", row["outcome"]), "--keep-going",
                                        "--tests", tests_dir(), *files)
    if result is not None and result["compile"]["verdict"] == "CE" and "CE" not in row["outcome"]:
        return False, [f"the script failed: {result['compile']['stderr']!r}"]
    return judge(result, status, seconds, row["outcome"], row["layer"])


def staged_attempts():
    for row in table("staged.tsv", STAGED_FIELDS):
        yield Attempt(f"{row['name']} (staged)", lambda row=row: run_staged(row))


# --- all of it ---

def arguments(name, default):
    words = sys.argv[1:]
    return words[words.index(name) + 1] if name in words else default


def build_all():
    """What all runners need, once."""
    names = [row["file"] for row in table("attempts.tsv", PROGRAM_FIELDS)]
    names += [f for row in table("staged.tsv", STAGED_FIELDS) for f in row["programs"].split(",") if f != "-"]
    build(names, int(arguments("--jobs", os.cpu_count() or 1)))


def run_all(make):
    """Runs what make(bait) lists, side by side, and looks at the host after it."""
    build_all()
    if "--build" in sys.argv:
        tap.ok(True, "the attempts are built")
        return
    if os.geteuid() != 0:
        tap.skip_all("root")
    only = arguments("--only", "")
    bait, before, objects, offset = Bait(), host_state(), ipc_objects(), clock_offset()
    attempts = [a for a in make(bait) if fnmatch.fnmatch(a.name, f"*{only}*")]
    stopped = {}
    with concurrent.futures.ThreadPoolExecutor(int(arguments("--jobs", os.cpu_count() or 1))) as pool:
        for attempt, future in [(a, pool.submit(a.run)) for a in attempts]:
            passed, said = future.result()
            if passed is None:
                if MUST_RUN:
                    tap.ok(False, attempt.name, f"missing: {said}")
                else:
                    tap.skip(attempt.name, said)
                continue
            if "--times" in sys.argv:
                tap.diag(f"{attempt.seconds:.1f} s")
            tap.ok(passed, f"{attempt.name}: {said}" if passed else attempt.name, *(said if not passed else []))
            if passed:
                stopped[said] = stopped.get(said, 0) + 1
    check_host(before, objects, offset)
    for layer, count in sorted(stopped.items(), key=lambda item: -item[1]):
        tap.diag(f"{count:5} stopped by {layer}")
