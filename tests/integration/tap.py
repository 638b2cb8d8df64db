# SPDX-License-Identifier: Apache-2.0
"""TAP for test scripts, and running assay from them.

A script is an executable file beside this one:

    #!/usr/bin/python3
    from tap import assay, is_, ok, run_json, skip, source

    r = run_json("--policy", "python3", source("print(1 + 1)\n", "sum.py"))
    is_(r["verdict"], "AC", "a program that exits 0 is accepted")

The plan is printed when the script ends, an exception is a failed result, and stdout carries TAP alone: what a test wants
to say goes through diag(). Every file that source() and scratch() make is removed at the end.
"""

import atexit
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

ASSAY = os.environ.get("ASSAY", "assay")
BUILD = os.environ.get("ASSAY_BUILD", "")
SOURCE = os.environ.get("ASSAY_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SANITIZE = os.environ.get("ASSAY_SANITIZE", "")
SCALE = max(float(os.environ.get("ASSAY_TIME_SCALE", "1")), 1)  # how slow this machine is: 1 for real ones, more under emulation
# K/N: where all of a list takes too long, every N-th row of it, from row K on: see share().
SHARE = tuple(map(int, os.environ.get("ASSAY_SHARE", f"0/{int(SCALE)}").split("/")))

_count = 0
_failed = 0
_scratch = None

# A shell starts what it puts into the background with these ignored, and assay leaves ignored what its caller ignores.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


def diag(*what):
    """Writes lines that TAP ignores."""
    for item in what:
        text = item if isinstance(item, str) else json.dumps(item, indent=2, sort_keys=True, default=str)
        for line in text.splitlines():
            print("#", line, flush=True)


def ok(condition, name, *why):
    """One result; `why` is shown when it is false. Returns the condition as a bool."""
    global _count, _failed
    _count += 1
    _failed += not condition
    print(f"{'ok' if condition else 'not ok'} {_count} - {name.replace('#', '')}", flush=True)
    if not condition:
        here = next((f for f in reversed(traceback.extract_stack()) if f.filename != __file__), None)
        diag(*([f"at {os.path.relpath(here.filename, SOURCE)}:{here.lineno}"] if here else []), *why)
    return bool(condition)


def is_(got, want, name, *why):
    """Passes when the two are equal."""
    return ok(got == want, name, f"got:      {got!r}", f"expected: {want!r}", *why)


def isin(member, container, name, *why):
    """Passes when member is in container."""
    return ok(member in container, name, f"not found: {member!r}", f"in:        {container!r}", *why)


def between(got, low, high, name, *why):
    """Passes when low <= got <= high."""
    return ok(low <= got <= high, name, f"got: {got!r}, expected {low!r} to {high!r}", *why)


def skip(name, missing):
    """A result that this host cannot give; `missing` names the capability."""
    global _count
    _count += 1
    print(f"ok {_count} - {name.replace('#', '')} # SKIP {missing}", flush=True)


def skip_all(missing):
    """Ends the script: nothing in it can run here."""
    skip(os.path.basename(sys.argv[0]), missing)
    sys.exit(0)


def scaled(limits, but=()):
    """
    `cpu=500ms,wall=20s,...` with the times multiplied, `but` for the keys that a program is to run into. By more than ASSAY_TIME_SCALE,
    since an emulated machine takes for CPU time what a busy host did not give it.
    """
    def grow(item):
        key, value = item.split("=")
        if key not in ("cpu", "wall", "extra") or key in but:
            return item
        ms = float(value[:-2]) if value.endswith("ms") else 1000 * float(value[:-1])
        return f"{key}={int(ms * 4 * SCALE)}ms"
    return ",".join(map(grow, limits.split(","))) if SCALE > 1 else limits


def share(rows, least=1):
    """
    The part of a list that ASSAY_SHARE names, `least` rows or more where the list has as many: all of it on a machine that is not slow. It is for
    what is long and alike; what another row does not show is not shared.
    """
    rows = list(rows)
    step = max(min(SHARE[1], len(rows) // least), 1)
    return rows[SHARE[0] % step :: step]


def ia32():
    """Whether this kernel runs programs of i386, and so has their gate for calls. The build made one."""
    try:
        return subprocess.run([os.path.join(BUILD, "test", "compat")], check=False).returncode == 0
    except OSError as e:
        if e.errno not in (errno.ENOEXEC, errno.ENOENT):
            raise
        return False


def tool(name):
    """Path of a program in the directories that sandboxes see, or None; PATH may lead to wrappers."""
    return shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")


def scratch():
    """A directory that lives as long as the script."""
    global _scratch
    if _scratch is None:
        _scratch = tempfile.mkdtemp(prefix="assay-test-")
        os.chmod(_scratch, 0o755)
    return _scratch


def source(text, name):
    """Writes a file (str or bytes) into scratch(); returns its path."""
    path = os.path.join(scratch(), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    return path


def assay(*args, stdin=b"", timeout=120 * SCALE, env=None):
    """Runs assay; returns a CompletedProcess with bytes. TimeoutExpired is a failed result, like any exception."""
    return subprocess.run([ASSAY, *map(str, args)], input=stdin, capture_output=True, timeout=timeout,
                          env={**os.environ, **(env or {})}, check=False)


def run(*args, **how):
    """`assay run ARGS`."""
    return assay("run", *args, **how)


def run_json(*args, **how):
    """`assay run --json ARGS`; returns the object, with the exit status as `_exit` and stderr as `_stderr`."""
    done = run("--json", *args, **how)
    try:
        result = json.loads(done.stdout)
    except ValueError as e:
        raise AssertionError(f"assay run --json {' '.join(map(str, args))}: exit status {done.returncode}, no JSON ({e})\n"
                             f"stdout: {done.stdout!r}\nstderr: {done.stderr.decode(errors='replace')}") from e
    result["_exit"] = done.returncode
    result["_stderr"] = done.stderr.decode(errors="replace")
    return result


def _excepthook(kind, value, trace):
    ok(False, f"no exception ({kind.__name__})", "".join(traceback.format_exception(kind, value, trace)))


def _finish():
    print(f"1..{_count}", flush=True)
    if _scratch:
        shutil.rmtree(_scratch, ignore_errors=True)
    if _failed:
        sys.stderr.flush()
        os._exit(1)


sys.excepthook = _excepthook
sys.dont_write_bytecode = True
atexit.register(_finish)
