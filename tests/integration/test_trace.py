#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`assay trace` and `assay key` from outside, and a foreign reader on golden traces.

With --write the golden traces of tests/fixtures/traces that are not there are made.
"""

import collections
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

import otlp_rules
from tap import ASSAY, BUILD, SANITIZE, SCALE, SOURCE, assay, is_, isin, ok, scratch, skip, skip_all

try:
    import foreign_reader as foreign
except ImportError as e:
    skip_all(f"{e.name} for /usr/bin/python3 (python3-msgpack, python3-zstandard)")

GOLDEN = os.path.join(SOURCE, "tests/fixtures/traces")
WRITER = os.path.join(BUILD, "test/stream-trace")
KEYS = os.path.join(scratch(), "keys")
RUNS = 20 if SCALE == 1 else 5
# Name of a golden trace, and how it is written.
GOLDENS = {"plain": ("files=12",), "many": ("files=300", "seed=5"), "hostile": ("files=2", "hostile=1"), "packed": ("files=20", "seed=6")}


def make(name, *how, keys=KEYS):
    """A trace of an imitated run; returns its path, number of events, digest and canonical digest."""
    path = os.path.join(scratch(), name + ".assay")
    done = subprocess.run([WRITER, path, *how, *([f"keys={keys}"] if keys else [])], capture_output=True, check=True, text=True)
    return path, *(done.stdout.split() or ("0", "", ""))


def trace(*args, **how):
    return assay("trace", *args, **how)


def verify(*args):
    return trace("verify", "--key-dir", KEYS, *args)


def contents(path):
    with open(path, "rb") as f:
        return f.read()


def changed(data):
    path = os.path.join(scratch(), "changed.assay")
    with open(path, "wb") as f:
        f.write(data)
    return path


def write_golden():
    """Those that are missing. The others stay: what was once written can be read for ever."""
    keys = os.path.join(scratch(), "golden-keys")
    for name, how in GOLDENS.items():
        if os.path.exists(os.path.join(GOLDEN, name + ".assay")):
            continue
        subprocess.run([WRITER, os.path.join(GOLDEN, name + ".assay"), *how, f"keys={keys}"], check=True)
        shown = trace("show", "--json", os.path.join(GOLDEN, name + ".assay"))
        with open(os.path.join(GOLDEN, name + ".jsonl.zst"), "wb") as f:
            f.write(foreign.zstandard.ZstdCompressor(level=19).compress(shown.stdout))
    if os.path.exists(keys):
        with open(os.path.join(GOLDEN, "node.pub"), "ab") as f:
            f.write(contents(os.path.join(keys, "node.pub")))


def golden(name):
    path = os.path.join(GOLDEN, name + ".assay")
    read = foreign.read(contents(path))
    want = foreign.zstandard.ZstdDecompressor().decompress(contents(os.path.join(GOLDEN, name + ".jsonl.zst"))).decode()
    is_("".join(foreign.line(e) + "\n" for e in read["events"]), want, f"{name}: the foreign reader reads what was written")
    is_(trace("show", "--json", path).stdout.decode(), want, f"{name}: so does assay")
    shown = json.loads(trace("verify", "--json", "--trusted", os.path.join(GOLDEN, "node.pub"), path).stdout)
    is_((shown["validity"], shown["digest"]), ("valid", read["digest"]), f"{name}: valid, with the digest that the foreign reader has")
    digests = [foreign.canonical(e for e in read["events"] if e["step"] == s["step"]) for s in read["steps"]]
    is_([d.hex() for d in digests], [s["digest.canonical"] for s in read["steps"]], f"{name}: canonical digests of the steps")
    total = foreign.hashlib.blake2b(b"".join(digests), digest_size=32).hexdigest()
    is_((total, total), (read["receipt"]["digest.canonical"], shown["canonical_digest"]), f"{name}: and of the trace")
    is_(sum(s["events"] for s in read["steps"]), len(read["events"]), f"{name}: counts are those of the records")


def verdicts():
    path, events, digest, canonical = make("whole", "files=100")
    done = verify(path)
    is_((done.returncode, done.stderr), (0, b""), "a whole trace is valid")
    shown = json.loads(verify("--json", path).stdout)
    is_((shown["events"], shown["digest"], shown["canonical_digest"]), (int(events), digest, canonical), "and verify has its facts")
    other = os.path.join(scratch(), "other-keys")
    assay("key", "show", "--key-dir", other)
    done = trace("verify", "--key-dir", other, path)
    is_(done.returncode, 1, "sealed by a key that is not trusted")
    isin(b"untrusted", done.stdout, "and it says so")
    isin(b"name it with --key", done.stdout, "and what to do when it should be")
    is_(trace("verify", "--key", shown["key"], path).returncode, 0, "a key can be named")
    unsealed = make("unsealed", keys=None)[0]
    done = verify(unsealed)
    is_((done.returncode, b"unsealed" in done.stdout), (1, True), "a trace without a seal is not valid")
    is_(verify(path, unsealed, path).returncode, 1, "one of several")
    is_(verify(os.path.join(scratch(), "none")).returncode, 3, "a file that is not there")


def damage():
    path, events, *_ = make("damaged", "files=800")
    data = contents(path)
    for cut in (0, 10, 63, 64, len(data) // 3, len(data) // 2, len(data) - 200, len(data) - 1):
        done = verify(changed(data[:cut]))
        is_((done.returncode, b": incomplete: " in done.stdout), (1, True), f"cut at byte {cut}: incomplete", done.stdout)
    done = trace("show", "--json", changed(data[: len(data) // 2]))
    shown = [json.loads(x) for x in done.stdout.splitlines()]
    numbers = [e["seq"] for e in shown if e["step"] == "compile" and e["kind"] != "sample"]
    ok(0 < len(shown) < int(events) and numbers[:100] == list(range(100)),
       "what is before the cut can be read")
    is_((done.returncode, b" is cut: what is whole ends at byte " in done.stderr), (1, True), "and it is said to be cut", done.stderr)
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 4
    done = verify(changed(flipped))
    is_((done.returncode, b"byte" in done.stdout), (1, True), "a flipped bit: where the first thing is that does not hold", done.stdout)
    done = trace("show", changed(b"nothing of the kind" * 10))
    is_((done.returncode, done.stdout), (2, b""), "a file that is no trace")
    isin(b"at byte 0", done.stderr, "and it says where")


READERS = (("show",), ("show", "--json"), ("show", "--records"), ("stat",), ("flame",), ("flame", "--folded"), ("plot",),
           *(("export", "--format", form) for form in ("chrome", "otlp", "jsonl")))


def bad_inputs():
    """What an auditor may hand over by mistake, and what somebody may by design: every reader says where and what."""
    data = contents(make("good", "files=300")[0])
    starts = [f[4] for f in foreign.frames(data)]
    other = contents(make("other-good", "files=300", "host=9")[0])
    second, third = starts[1:3]
    spliced = data[:third] + other[[f[4] for f in foreign.frames(other)][2] :]
    twice = data[:third] + data[second:third] + data[third:]
    for name, given, where, what in (
        ("no trace", b"nothing of the kind" * 10, 0, b"it is none, or its beginning is missing"),
        ("no end", "/dev/zero", 0, b"it is none, or its beginning is missing"),
        ("empty", b"", 0, b"the file ends before"),
        ("a directory", scratch(), 0, b"Is a directory"),
        ("another version", data[:4] + b"\2" + data[5:], 0, b"another version of the format than 1"),
        ("spliced of two traces", spliced, third, b"was written for another place in the file"),
        ("a frame twice", twice, third, b"doubled"),
    ):
        given = changed(given) if isinstance(given, bytes) else given
        for args in (*READERS, ("diff", given)):
            done = trace(*args, given)
            ok(done.returncode == 2 and f"at byte {where}: ".encode() in done.stderr and what in done.stderr, f"{name}: {' '.join(args[:3])}",
               done.returncode, done.stderr)
    more = changed(data + b"more")
    for args in READERS:
        done = trace(*args, more)
        is_((done.returncode, f"at byte {len(data)}, where the trace is over, 4 bytes follow".encode() in done.stderr), (1, True),
            f"more than a trace: {' '.join(args)}", done.stderr)
    done = verify(more)
    is_((done.returncode, f"at byte {len(data)}: something follows the seal (4 bytes)".encode() in done.stdout), (1, True), "more than a trace: verify", done.stdout)
    cut = changed(data[: len(data) - 200])
    is_(trace("diff", cut, cut).returncode, 1, "who compares what is cut is not told that the runs did the same")


def bad_outputs():
    path = make("written", "files=3000")[0]
    for args in (*READERS, ("verify", "--key-dir", KEYS), ("diff", make("unlike", "files=3001")[0])):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([ASSAY, "trace", *args, path], stdout=full, stderr=subprocess.PIPE, check=False)
        is_((done.returncode, done.stderr), (3, b"assay: cannot write to standard output: No space left on device\n"), f"{args[0]}: no room for what it writes")
    for args in READERS[:2] + READERS[-3:]:
        with subprocess.Popen([ASSAY, "trace", *args, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
            done.stdout.read(100)
            done.stdout.close()
            is_((done.wait(), done.stderr.read()), (-signal.SIGPIPE, b""), f"{' '.join(args)}: ends when nobody reads")


def terminals():
    path = make("escape", "files=3", "hostile=1")[0]
    for args in (("show",), ("show", "--json"), ("show", "--records"), ("show", "--records", "--json"), ("verify", "--key-dir", KEYS), ("stat",), ("stat", "--json"), ("flame",), ("flame", "--folded"),
                 ("plot",), ("export", "--format", "chrome"), ("export", "--format", "otlp"), ("diff", make("calm", "files=3")[0])):
        done = trace(*args, path)
        bad = [c for c in done.stdout + done.stderr if (c < 0x20 and c != 0x0A) or c == 0x7F]
        is_((done.returncode in (0, 1), bad), (True, []), f"{' '.join(args[:2])}: no control character from a trace reaches the output")
        done.stdout.decode()  # UTF-8, or an exception
        ok("\u202e" not in done.stdout.decode() and "\x9b" not in done.stdout.decode(), f"{args[0]}: nothing that reorders text")
    for args in (("explain",), ("explain", "--json")):
        done = assay("gas", *args, path)
        is_((done.returncode, [c for c in done.stdout + done.stderr if (c < 0x20 and c != 0x0A) or c > 0x7E]), (0, []), f"gas {' '.join(args)}: nor this way")


def filters():
    path = make("filter", "files=40")[0]

    def shown(*args):
        return [json.loads(x) for x in trace("show", "--json", *args, path).stdout.splitlines()]

    everything = shown()
    for args, want in (
        (("--kind", "exec,fork"), lambda e: e["kind"] in ("exec", "fork")),
        (("--call", "openat"), lambda e: e.get("syscall") == "openat"),
        (("--denied",), lambda e: e["kind"] == "denied"),
        (("--failed",), lambda e: -4095 <= e.get("ret", 0) < 0),
        (("--path", "libc.so"), lambda e: "libc.so" in e.get("path", "")),
        (("--path", "/data/1*.txt"), lambda e: e.get("path", "").startswith("/data/1")),
        (("--step", "secret/1"), lambda e: e["step"] == "secret/1"),
        (("--time", "10us-20us"), lambda e: 10000 <= e["ts_ns"] <= 20000),
        (("--pid", str(everything[0]["pid"])), lambda e: e["pid"] == everything[0]["pid"]),
        (("--kind", "syscall", "--call", "close,read"), lambda e: e.get("syscall") in ("close", "read")),
    ):
        got = shown(*args)
        ok(got and got == [e for e in everything if want(e)], f"show {' '.join(args)}: those and no others ({len(got)})")
    for args in (("--kind", "nonsense"), ("--call", "nonsense"), ("--pid", "-3"), ("--time", "soon")):
        is_(trace("show", *args, path).returncode, 2, f"show {' '.join(args)} is refused")


def follow():
    path = os.path.join(scratch(), "growing.assay")
    with subprocess.Popen([WRITER, path, "pause=700"], stdout=subprocess.DEVNULL) as writer:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and (not os.path.exists(path) or os.path.getsize(path) < 64):
            time.sleep(0.02)
        done = trace("show", "--json", "--follow", path)
        is_((done.returncode, writer.wait()), (0, 0), "--follow goes on until the receipt is there", done.stderr)
    is_(done.stdout, trace("show", "--json", path).stdout, "and shows every event once")
    done = trace("show", "--follow", "-", stdin=contents(path)[:-200], timeout=60)
    is_((done.returncode, b"is cut" in done.stderr), (1, True), "a pipe's end is the end", done.stderr)
    late = os.path.join(scratch(), "late.assay")
    with open(late, "wb") as f, subprocess.Popen([ASSAY, "trace", "show", "--json", "--follow", late], stdout=subprocess.PIPE) as follower:
        time.sleep(0.3)
        f.write(contents(path))
        f.flush()
        is_((follower.stdout.read(), follower.wait()), (trace("show", "--json", path).stdout, 0), "a file that nothing is in yet is waited for")


def memory():
    if SANITIZE:
        skip("memory of a big trace", "address space that a sanitizer leaves to be limited")
        return
    path, events, *_ = make("big", f"files={60000 / SCALE:.0f}")
    limit = 64 << 20

    def low():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    ok(os.path.getsize(path) > (2 << 20) / SCALE, f"a trace of {os.path.getsize(path)} bytes and {events} events")
    for args in (("verify", "--key-dir", KEYS), ("show", "--json", "--call", "wait4"), ("stat",), ("flame",), ("plot",), ("diff", path),
                 ("export", "--format", "chrome", "--kind", "exec"), ("export", "--format", "otlp", "--kind", "exec")):
        done = subprocess.run([ASSAY, "trace", *args, path], capture_output=True, preexec_fn=low, check=False)
        is_(done.returncode, 0, f"trace {args[0]} needs no more than {limit >> 20} MiB of address space", done.stderr)


def sums():
    path, events, *_ = make("sums", "files=200")
    shown = [json.loads(x) for x in trace("show", "--json", path).stdout.splitlines()]
    done = trace("stat", "--json", "--top", "1000", path)
    stat = json.loads(done.stdout)
    is_((done.returncode, stat["events"], len(shown)), (0, int(events), int(events)), "stat counts every event")
    is_(stat["kinds"], dict(collections.Counter(e["kind"] for e in shown)), "by kind")
    data = contents(path)
    at = [(f[0], f[4]) for f in foreign.frames(data)]
    ends = [offset for _, offset in at[1:]] + [len(data)]
    chunks = sum(end - offset for (kind, offset), end in zip(at, ends) if kind == foreign.EVENTS)
    is_((stat["bytes"], stat["event_bytes"]), (len(data), chunks), "bytes of the file, and of its events")
    calls = [e for e in shown if "ret" in e]
    is_({c["syscall"]: c["count"] for c in stat["calls"]}, dict(collections.Counter(e["syscall"] for e in calls)), "and by call")
    is_(sum(c["errors"] for c in stat["calls"]), sum(e["ret"] < 0 for e in calls), "errors")
    moved = sum(e["ret"] for e in calls if e["syscall"] == "read" and e["args"][0] == 3)
    is_(sum(f["bytes"] for f in stat["files"]), moved, "bytes of files are those that were read from them")
    is_({p["exit_code"] for p in stat["processes"]}, {0}, "every process and how it ended")
    is_(len(stat["processes"]), 2 + sum(e["kind"] == "fork" for e in shown), "as many as were made")
    ok(stat["network"] and stat["denied"] and "ptrace(16, 1, NULL, NULL)" in stat["denied"][0]["what"], "network and denials")
    gas = stat["gas"]
    is_(sum(r["gas"] for r in gas["rows"]), gas["used"], "the bill adds up")
    explained = [json.loads(x) for x in assay("gas", "explain", "--json", path).stdout.splitlines()]
    is_([e["step"] for e in explained], ["compile", "secret/1"], "explain has each step")
    is_(sum(e["gas"]["used"] for e in explained), gas["used"], "and the same sum")
    want = [{"record": "start"} | foreign.read(contents(path))["start"]]
    is_(stat["run"], want[0], "what was run is in it")
    want += [{"record": "step"} | r for r in foreign.read(contents(path))["steps"]]
    want.append({"record": "receipt"} | foreign.read(contents(path))["receipt"])
    is_([json.loads(x) for x in trace("show", "--records", "--json", path).stdout.splitlines()], want, "show --records shows every record")
    isin(b"  tool./usr/bin/gcc 0011", trace("show", "--records", path).stdout, "in words too")
    text = trace("stat", path).stdout.decode()
    isin("\nprocesses\ncompile:\n  2 ", text.replace(f"\n  {stat['processes'][0]['pid']} ", "\n  2 "), "processes stand below their step")
    ok(all(word in text for word in ("calls", "files", "processes", "network", "denied", "gas", "exited with 0")), "in words", text)


def differences():
    one, other, extra = make("one", "host=1")[0], make("other", "host=77")[0], make("more", "host=3", "extra=socket")[0]
    done = trace("diff", one, other)
    is_((done.returncode, done.stdout), (0, b""), "equal runs do not differ", done.stdout)
    done = trace("diff", one, extra)
    is_(done.returncode, 1, "one more call is a difference")
    is_(sorted(set(x.split()[0] for x in done.stdout.decode().splitlines())), ["+"], "on one side", done.stdout)
    ok(all(b": socket(AF_INET, SOCK_STREAM, 0) = 5" in x for x in done.stdout.splitlines()), "and it is named", done.stdout)
    back = [json.loads(x) for x in trace("diff", "--json", extra, one).stdout.splitlines()]
    is_([(x["only"], x["count"]) for x in back], [("a", 1), ("a", 1)], "as JSON, the other way round")
    is_(trace("diff", one, "-").returncode, 2, "standard input can be read once only")


def chrome():
    path = make("chrome", "files=100", "hostile=1")[0]
    done = trace("export", "--format", "chrome", path)
    events = json.loads(done.stdout)["traceEvents"]
    is_(done.returncode, 0, "export to Chrome's format")
    ok(all(set(e) >= {"ph", "pid", "tid", "ts"} and e["ph"] in "BEXiCM" and e["ts"] >= 0 for e in events), "phases and times")
    ok(all(e["dur"] >= 0 and e["name"] for e in events if e["ph"] == "X"), "slices have a name and a duration")
    ok(all(isinstance(v, int) for e in events if e["ph"] == "C" for v in e["args"].values()), "counters are numbers")
    is_({e["name"] for e in events if e["ph"] == "C"}, {"memory", "cpu", "gas", "processes"}, "of memory, CPU, gas and processes")
    depth, last, wrong = collections.Counter(), {}, []
    for e in events:
        if e["ph"] in "BE":
            depth[e["tid"]] += 1 if e["ph"] == "B" else -1
        if depth[e["tid"]] not in (0, 1) or (e["ph"] in "BEX" and e["ts"] + 1e-3 < last.get(e["tid"], 0)):
            wrong.append(e)
        if e["ph"] in "BEX":
            last[e["tid"]] = e["ts"] + e.get("dur", 0)
    is_(wrong + [t for t, open_ones in depth.items() if open_ones], [], "what begins on a thread ends on it, and slices do not overlap")
    named = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    is_({(e["pid"], e["tid"]) for e in events} - named, set(), "every thread has a name")
    processes = {e["pid"] for e in events if e["ph"] == "M" and e["name"] == "process_name"}
    is_({e["pid"] for e in events} - processes, set(), "and every process")


def spans():
    hostile = make("hostile-spans", "files=30", "hostile=1")[0]
    is_(otlp_rules.mistakes(trace("export", "--format", "otlp", hostile).stdout), [], "OTLP: by the rules of the protocol, whatever the names")
    path = make("spans", "files=100")[0]
    exported = trace("export", "--format", "otlp", path).stdout
    is_(otlp_rules.mistakes(exported), [], "OTLP: by the rules of the protocol")
    for what, want, other in ((rb'"kind":1', b'"kind":"SPAN_KIND_INTERNAL"', "a name for a number"), (rb'"spanId"', b'"span_id"', "a field's other name"),
                              (rb'"(startTimeUnixNano)":"(\d+)"', rb'"\1":\2', "a 64-bit number"), (rb'"traceId":"', b'"traceId":"0', "a long id")):
        changed_once = re.sub(what, want, exported, count=1)
        ok(changed_once != exported and otlp_rules.mistakes(changed_once), f"OTLP: {other} would be noticed")
    top = json.loads(exported)
    spans = top["resourceSpans"][0]["scopeSpans"][0]["spans"]
    ids = {s["spanId"] for s in spans}
    is_(len(ids), len(spans), "OTLP: each span has an id of its own")
    ok(all(len(s["spanId"]) == 16 and len(s["traceId"]) == 32 and int(s["spanId"], 16) for s in spans), "of the right length")
    is_({s["parentSpanId"] for s in spans if "parentSpanId" in s} - ids, set(), "parents are spans")
    ok(all(int(s["startTimeUnixNano"]) <= int(s["endTimeUnixNano"]) for s in spans), "and begin before they end")
    calls = sum(json.loads(x)["kind"] in ("syscall", "denied", "net") for x in trace("show", "--json", path).stdout.splitlines())
    is_(sum(int(s["spanId"], 16) >> 63 for s in spans), calls, "every call is a span")
    is_(trace("export", "--format", "jsonl", path).stdout, trace("show", "--json", path).stdout, "jsonl is what show prints")
    is_(trace("export", path).returncode, 2, "a form has to be chosen")


def pictures():
    path = make("pictures", "files=300", "hostile=1")[0]
    for verb in ("flame", "plot"):
        done = trace(verb, path)
        root = xml.etree.ElementTree.fromstring(done.stdout)
        is_((done.returncode, root.tag), (0, "{http://www.w3.org/2000/svg}svg"), f"{verb} makes SVG")
        tags = {e.tag.rpartition("}")[2] for e in root.iter()}
        ok(tags <= {"svg", "title", "rect", "text", "g", "polyline", "line", "circle"}, f"{verb}: shapes and text only", tags)
    folded = trace("flame", "--folded", path).stdout.decode().splitlines()
    ok(folded and all(line.rpartition(" ")[2].isdigit() and ";" in line for line in folded), "folded stacks", folded[:3])
    ok(any(line.split(";")[1] != line.split(";")[-2] or len(line.split(";")) > 3 for line in folded), "a child stands on its parent")


def learned():
    path = make("learned", "files=20")[0]
    where = os.path.join(scratch(), "policies")
    done = assay("policy", "learn", "--policy", "native", "--name", "narrow", "--output", where, path)
    is_(done.returncode, 0, "a policy is learned", done.stderr)
    isin(b"refused in these runs", done.stderr, "refused calls are said not to be in it")
    policy = os.path.join(where, "narrow.yaml")
    is_(assay("policy", "check", policy, os.path.join(where, "seccomp/narrow.yaml")).returncode, 0, "and check accepts it")
    shown = json.loads(assay("policy", "show", "--json", policy).stdout)
    rules = {r["syscall"]: r["answer"] for r in shown["run"]["seccomp"]["rules"] if not r.get("where")}
    calls = {json.loads(x).get("syscall") for x in trace("show", "--json", "--step", "secret/1", "--kind", "syscall,net", path).stdout.splitlines()}
    needed = {"read", "write", "close", "execve", "exit", "exit_group", "rt_sigreturn", "restart_syscall"}
    is_({c for c, answer in rules.items() if answer == "allow"} | {"mmap", "clone"}, calls | needed, "it allows what was called")
    is_([m["source"] for m in shown["run"]["mounts"]], ["/usr/lib", "/usr/lib64"], "and mounts what was used")


def equal_runs():
    digests = {make("equal", f"host={host}", "files=30", keys=None)[3] for host in range(1, RUNS + 1)}
    is_(len(digests), 1, f"{RUNS} runs that differ by chance only have one canonical digest")
    extra = make("extra", "extra=socket", "files=30", keys=None)
    ok(extra[3] not in digests, "one more call, another digest")


def keys():
    where = os.path.join(scratch(), "new-keys")
    first = assay("key", "show", "--key-dir", where)
    is_((first.returncode, len(first.stdout)), (0, 65), "a key is made at its first use", first.stderr)
    is_(os.stat(os.path.join(where, "node.key")).st_mode & 0o777, 0o600, "and only its owner can read it")
    is_(assay("key", "show", "--key-dir", where).stdout, first.stdout, "it stays the same")
    path = make("before", keys=where)[0]
    second = assay("key", "rotate", "--key-dir", where)
    ok(second.returncode == 0 and second.stdout != first.stdout, "rotate makes another one")
    is_(trace("verify", "--key-dir", where, path).returncode, 0, "what the old one sealed stays trusted")
    exported = assay("key", "export", "--key-dir", where)
    is_(exported.stdout, second.stdout + first.stdout, "export prints both, the present one first")
    listed = os.path.join(scratch(), "trusted")
    with open(listed, "wb") as f:
        f.write(b"# ours\n\n" + exported.stdout.replace(b"\n", b" node-1\n"))
    is_(trace("verify", "--trusted", listed, path).returncode, 0, "a list of trusted keys")
    with open(listed, "ab") as f:
        f.write(b"nonsense\n")
    done = trace("verify", "--trusted", listed, path)
    is_((done.returncode, b":5: no key" in done.stderr), (2, True), "a line that is no key", done.stderr)
    for name, what in (("/dev/zero", b"is no regular file"), (where, b"Is a directory"), (listed + "-none", b"No such file")):
        done = trace("verify", "--trusted", name, path)
        is_((done.returncode, what in done.stderr), (2, True), f"no list: {what.decode()}", done.stderr)
    os.chmod(os.path.join(where, "node.key"), 0o644)
    done = assay("key", "show", "--key-dir", where)
    is_((done.returncode, b"rotate" in done.stderr), (3, True), "a key that others can read is refused", done.stderr)


if __name__ == "__main__":
    if "--write" in sys.argv:
        write_golden()
        sys.exit(0)
    for name in GOLDENS:
        golden(name)
    verdicts()
    damage()
    bad_inputs()
    bad_outputs()
    terminals()
    filters()
    follow()
    memory()
    sums()
    differences()
    chrome()
    spans()
    pictures()
    learned()
    equal_runs()
    keys()
