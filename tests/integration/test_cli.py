#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line from outside: bad input, streams, exit statuses, what is kept and what is left behind.

Whatever is wrong, a person gets one line that says what and what to do, with the right exit status, and the host gets
nothing: no cgroup, no mount, no process, no file.
"""

import json
import os
import pty
import re
import signal
import subprocess
import time

from tap import ASSAY, SCALE, SOURCE, assay, is_, isin, ok, run, run_json, scratch, skip, source, tool

OK, NEGATIVE, USAGE, INTERNAL = 0, 1, 2, 3
STARTED = max(0.5, SCALE / 4)  # seconds in which a run is under way
PROBLEM = os.path.join(SOURCE, "tests/fixtures/problems/sum")
SUBMISSIONS = os.path.join(SOURCE, "tests/fixtures/submissions")

STEP_KEYS = """verdict exit_code exit_signal cpu_time_ns user_time_ns system_time_ns wall_time_ns memory_peak_bytes
    memory_source processes_peak oom_killed limits_hit stdout_bytes stderr_bytes stdout stderr truncated gas_used
    syscalls denied checker_message""".split()
TOP_KEYS = "version id policy policy_hash verdict score message compile tests gas trace environment".split()


def host_state():
    """What a run could leave behind: cgroups, mounts, entries of the directories that it may write to."""
    groups = [d for d, _, _ in os.walk("/sys/fs/cgroup") if "assay" in d]
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        mounts = [line.split(" ")[4] for line in f]
    files = [os.path.join(d, name) for d in ("/tmp", "/run", "/var/tmp", "/dev/shm") for name in os.listdir(d)]
    return {*groups, *mounts, *(f for f in files if "assay" in f and "assay-test-" not in f)}


def left_behind(begin):
    """What is there and was not, after waiting for runs of others that are under way on this host."""
    deadline = time.monotonic() + 10
    while (left := host_state() - begin) and time.monotonic() < deadline:
        time.sleep(0.05)
    return sorted(left)


def complains(name, status, words, *args, **how):
    """assay run ARGS ends with this status, says nothing on stdout, and all the words in one line on stderr."""
    done = run(*args, **how)
    text = done.stderr.decode(errors="replace")
    why = (f"exit status {done.returncode}", f"stdout: {done.stdout!r}", f"stderr: {text}")
    good = done.returncode == status and not done.stdout and text.startswith("assay run: ") and text.count("\n") == 1
    ok(good and all(word in text for word in words), name, *why)


HELLO = source("print('hello')\n", "hello.py")


# --- options ---

def test_options():
    complains("no file", USAGE, ["no FILE is given"])
    complains("an unknown option suggests the near one", USAGE, ["--polcy", "did you mean --policy?"], "--polcy", "c", HELLO)
    complains("an option without its value", USAGE, ["--limit needs a value", "KEY=VALUE"], HELLO, "--limit")
    complains("a flag with a value", USAGE, ["--json takes no value"], "--json=yes", HELLO)
    complains("an option given twice", USAGE, ["--policy is given twice"], "--policy", "c", "--policy", "c", HELLO)
    complains("a short option", USAGE, ["no option -j", "./-j"], "-j", HELLO)
    complains("an unknown policy", USAGE, ["no-such"], "--policy", "no-such", HELLO)
    complains("a policy file that is not there", USAGE, ["/no/such.yaml"], "--policy", "/no/such.yaml", HELLO)
    complains("an extension that no policy claims", USAGE, [".py"], source("x", "hello.unknown"))
    complains("--tests with --stdin", USAGE, ["--stdin", "--tests"], "--tests", PROBLEM, "--stdin", HELLO, HELLO)
    complains("--tests with --expected", USAGE, ["--expected", "--tests"], "--tests", PROBLEM, "--expected", HELLO, HELLO)
    complains("--checker without an answer", USAGE, ["--checker", "--expected"], "--checker", "tokens", HELLO)
    complains("an unknown checker", USAGE, ["--checker", "tokens"], "--checker", "magic", "--expected", HELLO, HELLO)
    complains("--env without a name", USAGE, ["--env", "NAME=VALUE"], "--env", "=x", HELLO)
    complains("a record that exists", USAGE, ["already"], "--trace", HELLO, HELLO)
    complains("--trace-level without a record", USAGE, ["--trace FILE"], "--trace-level", "events", HELLO)
    complains("a trace level that is none", USAGE, ["counters, events or syscalls"], "--trace", "t", "--trace-level", "all", HELLO)
    complains("a loss policy that is none", USAGE, ["stop, kill or drop"], "--trace", "t", "--on-loss", "cry", HELLO)
    complains("gas is a positive number", USAGE, ["gas", "zero"], "--limit", "gas=0", HELLO)
    complains("a colour that is none", USAGE, ["auto, always, never"], "--color=blue", HELLO)
    complains("more arguments than a plan holds", USAGE, ["--arg", "1024"], *["--arg=x"] * 1025, HELLO)


def test_limits():
    for text, words in {
        "cpu=2": ["cpu", "unit"],
        "cpu=2x": ["cpu", "2x"],
        "memory=64MB": ["memory", "64MB"],
        "cpu=0s": ["cpu", "zero"],
        "memory=0": ["memory", "zero"],
        "cpu=-1s": ["cpu", "negative"],
        "pids=99999999999999999999999": ["pids", "32768"],
        "memory=99999999999999999999G": ["memory"],
        "pids=1.5": ["pids", "fraction"],
        "cpu": ["cpu"],
        "=1s": [],
        "cpu=1s,,wall=2s": [],
        "colour=1": ["colour", "cpu"],
        "file-size=1G,disk=1M": ["file-size", "disk"],
    }.items():
        complains(f"limit {text}", USAGE, ["--limit", *words], "--limit", text, HELLO)


# --- files ---

def test_files():
    directory = scratch()
    complains("a missing source", USAGE, ["no-such.c", "No such file"], os.path.join(directory, "no-such.c"))
    complains("a directory", USAGE, ["is a directory"], "--policy", "c", directory)
    complains("..", USAGE, ["is a directory"], "--policy", "c", "..")
    complains("a device", USAGE, ["is a device"], "--policy", "c", "/dev/zero")
    fifo = os.path.join(directory, "fifo.c")
    os.mkfifo(fifo)
    complains("a FIFO does not hang", USAGE, ["is a FIFO"], fifo, timeout=20 * SCALE)
    complains("a FIFO as input", USAGE, ["is a FIFO"], "--stdin", fifo, HELLO, timeout=20 * SCALE)
    os.unlink(fifo)
    huge = source("", "huge.py")
    os.truncate(huge, 65 << 20)
    complains("a huge source", USAGE, ["larger than 64 MiB"], huge)
    os.truncate(huge, (1 << 30) + 1)
    complains("a huge input", USAGE, ["larger than 1024 MiB"], "--stdin", huge, HELLO)
    os.unlink(huge)
    complains("a missing input", USAGE, ["No such file"], "--stdin", "/no/such", HELLO)
    complains("two files of one name", USAGE, ["would both be b.h"], HELLO, source("", "b.h"), source("", "d/b.h"))
    complains("a file that has the main source's name", USAGE, ["would both be main.py"], HELLO, source("", "main.py"))
    complains("too many files", USAGE, ["257", "256"], *[HELLO] * 257)
    newline = source("print(1)\n", "new\nline.py")
    complains("a newline in a name makes no second line", USAGE, ["new\\nline.py"], newline)
    os.symlink("/no/such", os.path.join(directory, "dangling.py"))
    complains("a dangling link", USAGE, ["No such file"], os.path.join(directory, "dangling.py"))
    os.symlink("loop.py", os.path.join(directory, "loop.py"))
    complains("a loop of links", USAGE, ["symbolic links"], os.path.join(directory, "loop.py"))


def test_unreadable():
    setpriv = tool("setpriv")
    if not setpriv:
        skip("an unreadable source", "setpriv")
        return
    path = source("print(1)\n", "secret.py")
    os.chown(path, 65534, 65534)
    os.chmod(path, 0)
    drop = "-dac_override,-dac_read_search"
    done = subprocess.run([setpriv, "--bounding-set", drop, "--inh-caps", drop, ASSAY, "run", path], capture_output=True, check=False)
    text = done.stderr.decode()
    ok(done.returncode == USAGE and "Permission denied" in text and text.count("\n") == 1, "an unreadable source", text)


def test_names_that_are_fine():
    for name in ("with space.py", "-dash.py", "\u00fcml\u00e4ut.py", "quote'\"$(x).py"):
        path = source("print(1)\n", name)
        is_(run(path).returncode, OK, f"a source called {name}")
        done = subprocess.run([ASSAY, "run", "--", name], cwd=scratch(), capture_output=True, check=False)
        is_(done.returncode, OK, f"{name} after --", done.stderr.decode())
    os.symlink("hello.py", os.path.join(scratch(), "link.py"))
    is_(run(os.path.join(scratch(), "link.py")).stdout, b"hello\n", "a link on the command line is followed")


def test_sources_that_are_no_text():
    is_(run(source("", "empty.py")).returncode, OK, "an empty Python program is a program")
    is_(run_json(source("", "empty.c"))["verdict"], "CE", "an empty C program is not")
    is_(run_json(source(bytes(range(256)) * 8, "binary.c"))["verdict"], "CE", "a binary C source does not compile")
    is_(run_json(source(bytes(range(256)) * 8, "binary.py"))["verdict"], "NZ", "a binary Python source is a run error")
    is_(run_json("--policy", "native", source("#! no interpreter", "x.bin"))["_exit"], NEGATIVE,
        "a native program that is none is the submission's fault")


def test_test_directories():
    def directory(name, *files):
        for file in files:
            source("1\n", os.path.join(name, file))
        os.makedirs(os.path.join(scratch(), name), exist_ok=True)
        return os.path.join(scratch(), name)

    complains("no test directory", USAGE, ["/no/such"], "--tests", "/no/such", HELLO)
    complains("a file as test directory", USAGE, ["hello.py"], "--tests", HELLO, HELLO)
    complains("an empty test directory", USAGE, ["t-empty"], "--tests", directory("t-empty"), HELLO)
    complains("an input without an answer", USAGE, ["2.in"], "--tests", directory("t-in", "1.in", "1.ans", "2.in"), HELLO)
    complains("an answer without an input", USAGE, ["3.ans"], "--tests", directory("t-ans", "1.in", "1.ans", "3.ans"), HELLO)
    complains("two answers", USAGE, ["1"], "--tests", directory("t-two", "1.in", "1.ans", "1.out"), HELLO)


# --- the host ---

def test_not_root():
    setpriv = tool("setpriv")
    if not setpriv:
        skip("not root", "setpriv")
        return
    as_nobody = [setpriv, "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    done = subprocess.run([*as_nobody, ASSAY, "run", HELLO], capture_output=True, check=False)
    text = done.stderr.decode()
    ok(done.returncode == INTERNAL and "root" in text and text.count("\n") == 1, "not root: a sentence", text)
    done = subprocess.run([*as_nobody, ASSAY, "run", "--json", HELLO], capture_output=True, check=False)
    result = json.loads(done.stdout)
    is_((done.returncode, result["verdict"]), (INTERNAL, "IE"), "not root: an object with verdict IE")
    isin("root", result["message"], "not root: the object says why")


def private_mounts(script, *args):
    """Runs a shell script in a mount namespace of its own."""
    return subprocess.run([tool("unshare"), "-m", "/bin/sh", "-c", script, "sh", *args], capture_output=True, check=False)


def test_a_kernel_without_a_piece():
    done = private_mounts('mount -t tmpfs none /sys/fs/cgroup && exec "$@"', ASSAY, "run", HELLO)
    text = done.stderr.decode()
    ok(done.returncode == INTERNAL and "cgroup" in text and text.count("\n") == 1, "no cgroups: a sentence", text)


def test_a_full_disk():
    done = private_mounts('mount -t tmpfs -o size=64k none /mnt && exec "$@"', ASSAY, "run", "--output", "/mnt/out",
                          source("print('x' * 1000000)\n", "long.py"))
    text = done.stderr.decode()
    ok(done.returncode == INTERNAL and "No space left" in text, "a full disk under --output", text)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([ASSAY, "run", "--json", HELLO], stdout=full, stderr=subprocess.PIPE, check=False)
    is_(done.returncode, INTERNAL, "a full disk under standard output")
    isin(b"cannot write to standard output", done.stderr, "... and a sentence")


def test_two_at_once():
    children = [subprocess.Popen([ASSAY, "run", HELLO], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(4)]
    is_([child.communicate()[0] for child in children], [b"hello\n"] * 4, "four runs at once")


def interrupted(number):
    """Interrupts a run that is under way; returns the finished process."""
    path = source("import time\nprint('on', flush=True)\ntime.sleep(300)\n", "sleep.py")
    # Whoever runs the tests in the background, or under nohup, has some of the signals ignored.
    with subprocess.Popen([ASSAY, "run", "--limit", "wall=400s", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=lambda: signal.signal(number, signal.SIG_DFL)) as child:
        time.sleep(STARTED)
        child.send_signal(number)
        stdout, stderr = child.communicate(timeout=60 * SCALE)
    return child.returncode, stdout, stderr


def test_interrupts():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        begin = time.monotonic()
        is_(interrupted(number), (128 + number, b"", b"assay run: interrupted\n"), f"{number.name} during a run")
        ok(time.monotonic() - begin < 5 * SCALE, f"{number.name}: without waiting for the program")
    path = source(f"import time\ntime.sleep({2 * STARTED})\nprint('on')\n", "second.py")
    with subprocess.Popen(["/usr/bin/nohup", ASSAY, "run", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        time.sleep(STARTED)
        child.send_signal(signal.SIGHUP)
        is_((child.communicate()[0], child.returncode), (b"on\n", OK), "a signal that the caller ignores is ignored")


# --- what is said and where ---

def test_streams():
    path = source("import sys\nsys.stdout.buffer.write(b'out\\xff\\x1b[2J')\nsys.stderr.write('err\\n')\n", "streams.py")
    done = run(path)
    is_(done.stdout, b"out\xff\x1b[2J", "a single run's output is passed on byte for byte")
    ok(done.stderr.startswith(b"err\n"), "its standard error comes first on standard error", done.stderr)
    isin(b"verdict   AC, accepted", done.stderr, "the report follows there")
    isin(b"memory from memory.", done.stderr, "the report says where a figure was read")
    done = run("--tests", PROBLEM, os.path.join(SUBMISSIONS, "c/accepted.c"))
    isin(b"6 of 6 cases accepted, score 1", done.stdout, "with --tests the report is on standard output")
    is_(done.stderr, b"", "... and nothing on standard error")


def test_closed_descriptors():
    for fd in range(3):
        done = subprocess.run(["/bin/sh", "-c", f'exec "$0" run "$1" {fd}>&-', ASSAY, HELLO], capture_output=True, check=False)
        is_((done.returncode, done.stdout), (OK, b"" if fd == 1 else b"hello\n"), f"a run without descriptor {fd}", done.stderr)


def on_terminal(*args):
    """Runs assay on a terminal; returns what it showed."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.environ.pop("NO_COLOR", None)
        os.execv(ASSAY, [ASSAY, *args])
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
    except OSError:
        pass
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_terminals():
    path = source("import os\nos.write(1, b'\\x1b]0;title\\x07 \\xff end')\n", "title.py")
    status, shown = on_terminal("run", path)
    is_(status, OK, "a run on a terminal")
    isin(b"\\x1b]0;title\\x07 \\xff end\r\n", shown, "escape sequences of a program are spelled on a terminal")
    isin(b"\x1b[32mAC", shown, "verdicts have colours there")
    status, shown = on_terminal("run", "--color=never", "--tests", PROBLEM, os.path.join(SUBMISSIONS, "c/accepted.c"))
    ok(b"of 6 cases\r" in shown or b"of 6 cases" in shown, "many cases have a progress line", shown)
    last = shown.rsplit(b"\r\x1b[K", 1)[-1]
    ok(b"\x1b[" not in last and b"6 of 6 cases accepted" in last, "which is erased, and --color=never has no colours", shown)


def test_json():
    result = run_json(os.path.join(SUBMISSIONS, "c/accepted.c"), "--tests", PROBLEM)
    is_(sorted(set(TOP_KEYS) - set(result)), [], "every key of the contract is there")
    for step in (result["compile"], result["tests"][0]):
        is_(sorted(set(STEP_KEYS) - set(step)), [], "every key of a step is there")
    is_([type(result["tests"][0][k]) for k in STEP_KEYS if k.endswith(("_ns", "_bytes"))], [int] * 7, "figures are integers")
    is_((result["version"], result["_exit"], result["score"]), (1, OK, 1), "version, exit status and score")
    is_(result["environment"]["degraded"], [], "nothing was given up")
    result = run_json(source("import os\nos.write(1, b'a\\xffb\\0c')\n", "bytes.py"))
    is_(result["tests"][0]["stdout"], "a\ufffdb\0c", "bad bytes are replaced")
    result = run_json(source("print('\u00e9' * 40000)\n", "long.py"))["tests"][0]
    is_((len(result["stdout"].encode()), result["stdout_bytes"], result["truncated"]), (65536, 80001, True), "long output is cut")
    done = run("--json", "--polcy", HELLO)
    is_((done.returncode, done.stdout), (USAGE, b""), "a usage error prints no object")


def test_results():
    is_(run(source("import sys\nsys.exit(3)\n", "three.py")).returncode, NEGATIVE, "a failed submission is exit status 1")
    done = run(os.path.join(SUBMISSIONS, "c/noncompiling.c"))
    isin(b"error: expected", done.stderr, "the compiler's messages are shown")
    done = run(os.path.join(SUBMISSIONS, "python/forbidden.py"))
    ok(re.search(rb"socket\(2, 0x80001, 0\) by python3 \[pid \d+\]", done.stderr), "a denied call is shown", done.stderr)
    denied = run_json(os.path.join(SUBMISSIONS, "python/forbidden.py"))["tests"][0]["denied"][0]
    is_((denied["syscall"], denied["args"][0], len(denied["args"])), ("socket", 2, 3), "... and in the object, with its arguments")
    path = source("import sys, os\nprint(sys.argv[1:], os.environ['X'], sys.stdin.read())\n", "args.py")
    done = run("--arg", "-n", "--arg", "a b", "--env", "X=y=z", "--stdin", "-", path, stdin=b"in")
    is_(done.stdout, b"['-n', 'a b'] y=z in\n", "arguments, environment and standard input reach the program")
    expected = source("42\n", "answer")
    is_(run("--expected", expected, source("print(42)\n", "right.py")).returncode, OK, "the expected output")
    is_(run_json("--expected", expected, source("print(43)\n", "wrong.py"))["verdict"], "WA", "another output")


def test_keep_going():
    wrong = os.path.join(SUBMISSIONS, "cpp/wrong.cpp")
    stops = [test["verdict"] for test in run_json("--tests", PROBLEM, os.path.join(SUBMISSIONS, "python/wrong.py"))["tests"]]
    is_(stops, ["WA"] + ["SK"] * 5, "after a failure the rest is skipped")
    result = run_json("--tests", PROBLEM, "--keep-going", wrong)
    is_([test["verdict"] for test in result["tests"]], ["AC"] * 5 + ["WA"], "--keep-going runs all cases, in order")
    ok(abs(result["score"] - 5 / 6) < 1e-9, "the score is the share of accepted cases", result["score"])


def test_output():
    where = os.path.join(scratch(), "outputs")
    done = run("--tests", PROBLEM, "--output", where, os.path.join(SUBMISSIONS, "c/accepted.c"))
    is_(done.returncode, OK, "--output", done.stderr.decode())
    with open(os.path.join(where, "sample/1.stdout"), "rb") as f:
        is_(f.read(), b"6\n", "--output keeps a case's output")
    is_(sorted(os.listdir(where)), ["compile", "sample", "secret"], "... in directories as the cases are")
    complains("an output directory that is not empty", USAGE, ["not empty"], "--output", where, HELLO)
    complains("an output directory below nothing", USAGE, ["No such file"], "--output", "/no/such/dir", HELLO)
    complains("a file as output directory", USAGE, ["Not a directory"], "--output", HELLO, HELLO)


def test_help():
    is_(assay("--help").returncode, OK, "assay --help")
    ok(re.fullmatch(rb"assay \d+\.\d+\.\d+\n", assay("--version").stdout), "assay --version")
    done = assay("rnu")
    ok(done.returncode == USAGE and b"did you mean 'assay run'" in done.stderr, "an unknown verb suggests the near one", done.stderr)
    is_(assay().returncode, USAGE, "no verb")
    for verb in ("run", "doctor", "policy", "gas"):
        done = assay(verb, "--help")
        ok(done.returncode == OK and not done.stderr, f"assay {verb} --help", done.stderr)
        ok(max(map(len, done.stdout.decode().splitlines()), default=0) <= 80, f"assay {verb} --help fits 80 columns")
        is_(assay("help", verb).stdout, done.stdout, f"assay help {verb} is the same")


def complete(*words):
    """The completions of the last word, as bash would ask for them."""
    script = """
        . "$1/tools/assay/completion.bash"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _assay "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    return subprocess.run(["/bin/bash", "-c", script, "bash", SOURCE, ASSAY, *words], capture_output=True, text=True,
                          cwd=scratch(), check=False).stdout.split("\n")[:-1]


def test_completion():
    isin("run", complete(""), "verbs are completed")
    is_(complete("run", "--kee"), ["--keep-going"], "options are completed")
    is_(complete("run", "--limit", "cpu=1s,mem"), ["cpu=1s,memory="], "limit keys are completed")
    is_(complete("run", "--limit", "cpu", "=", "1s,mem"), ["1s,memory="], "... also as bash splits them")
    isin("python", complete("run", "--policy", ""), "policies are completed")
    is_(complete("gas", "schedule", "sh"), ["show"], "verbs of verbs are completed")
    is_(complete("gas", "schedule", "show", ""), ["assay-1"], "gas schedules are completed")
    is_(complete("gas", "schedule", "show", "--js"), ["--json"], "options of verbs of verbs are completed")
    is_(complete("policy", "list", "--co"), ["--color"], "... also one level up")
    is_(complete("trace", "ver"), ["verify"], "verbs of verbs are completed")
    isin("--follow", complete("trace", "show", "--fo"), "and their options")
    is_(complete("trace", "export", "--format", "ch"), ["chrome"], "forms of an export are completed")
    source("", "$(touch run-me).c")
    complete("run", "")
    ok(not os.path.exists(os.path.join(scratch(), "run-me")), "file names are not run")


def main():
    begin = host_state()
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
    is_(left_behind(begin), [], "nothing is left of all that")


main()
