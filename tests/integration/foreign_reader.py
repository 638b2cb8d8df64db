# SPDX-License-Identifier: Apache-2.0
"""A reader of traces from docs/trace-format.md alone, in another language: python3-msgpack and python3-zstandard.

It shares no line with lib/trace. read() gives the start record, events, step records, receipt and seal of a file;
canonical() computes the canonical digest of a step; line() writes an event as `assay trace show --json` does.
"""

import codecs
import hashlib
import ipaddress
import json
import struct

import msgpack
import zstandard

MAGIC = b"\x89ASY"
START, EVENTS, STEP, RECEIPT, SEAL = 1, 2, 3, 4, 5
COLUMNS = ("kind", "seq", "ts", "thread", "nr", "flags", "a0", "a1", "a2", "a3", "a4", "a5", "ret", "gas", "texts")
KINDS = {1: "start", 2: "syscall", 3: "exec", 4: "fork", 5: "exit", 6: "signal", 7: "net", 8: "denied", 9: "oom", 10: "gap",
         11: "sample", 12: "end"}
FLAGS = ("faulted", "truncated", "claimed", "resolved", "unresolved", "compat", "gas-limit", "restart", "stopped", "lsm")
PATH, CLAIM, CLAIM2, ARGV, SOCKADDR, INODE = range(6)
COMPAT, RESTART = 1 << 5, 1 << 7
U64 = (1 << 64) - 1


class Bad(Exception):
    """The file is not what the document says; the message has the byte offset."""


def frames(data):
    """(type, events, payload, hash, offset) of each whole frame; the chain is checked. Stops at a part of one."""
    at, index, previous = 0, 0, bytes(32)
    while at + 64 <= len(data):
        magic, version, kind, flags, number, stored, raw, events, offset = struct.unpack_from("<4sBBHIIIIQ", data, at)
        if magic != MAGIC or version != 1 or number != index or offset != at or data[at + 32 : at + 64] != previous:
            raise Bad(f"at byte {at}: frame {index} does not fit")
        end = at + 64 + stored
        if end > len(data):
            return
        payload = data[at + 64 : end]
        if flags & 1:
            payload = zstandard.ZstdDecompressor().decompress(payload, max_output_size=raw)
        if len(payload) != raw:
            raise Bad(f"at byte {at}: frame {index} has another size than it says")
        if kind != SEAL:
            previous = hashlib.blake2b(data[at:end], digest_size=32).digest()
        yield kind, events, payload, previous, at
        at, index = end, index + 1


def signed(value):
    """A 64-bit number as a signed one."""
    value &= U64
    return value - (1 << 64) if value >> 63 else value


def chunk(payload, count, calls):
    """The events of a chunk, as dicts. `calls` gets the calls that it names: number -> (name, letters, result)."""
    c = msgpack.unpackb(payload, raw=True, strict_map_key=False)
    for nr, name, letters, result in c[b"calls"]:
        calls[nr] = (name.decode(), letters.decode(), result.decode())
    n = c[b"n"]
    assert n == count
    columns = {name: values or [0] * n for name, values in zip(COLUMNS, c[b"columns"])}
    refs = iter(c[b"refs"])
    seq, ts, gas, last = c[b"seq"], c[b"ts"], c[b"gas"], {}
    for i in range(n):
        kind, nr = columns["kind"][i], columns["nr"][i] - 1
        key = (kind, nr) if kind == 2 and 0 <= nr < 512 else (kind, -1)
        before = last.get(key, [0] * 7)
        now = last[key] = [(before[k] + columns[name][i]) & U64
                           for k, name in enumerate(("a0", "a1", "a2", "a3", "a4", "a5", "ret"))]
        pid, tid, comm = c[b"threads"][columns["thread"][i]]
        seq, ts, gas = (seq + columns["seq"][i]) & U64, (ts + columns["ts"][i]) & U64, (gas + columns["gas"][i]) & U64
        mask = columns["texts"][i]
        yield {"step": c[b"step"], "name": c[b"name"], "kind": kind, "seq": seq, "ts": ts, "gas": gas, "nr": nr, "pid": pid,
               "tid": tid, "comm": comm, "flags": columns["flags"][i], "args": now[:6], "ret": signed(now[6]),
               "texts": {t: c[b"texts"][next(refs)] for t in range(6) if mask >> t & 1},
               "call": None if columns["flags"][i] & COMPAT else calls.get(nr)}
        seq += now[0] if kind == 10 else kind != 11


def record(payload):
    """A flat table of facts."""
    return {k.decode(errors="surrogateescape"): v.decode(errors="surrogateescape") if isinstance(v, bytes) else v
            for k, v in msgpack.unpackb(payload, raw=True).items()}


def read(data):
    """Everything in a file: {"start", "events", "steps", "receipt", "seal", "digest"}; what is missing is None or empty."""
    trace = {"start": None, "events": [], "steps": [], "receipt": None, "seal": None, "digest": None}
    calls = {}
    for kind, count, payload, digest, _ in frames(data):
        if kind == EVENTS:
            trace["events"] += chunk(payload, count, calls)
        elif kind == SEAL:
            trace["seal"] = payload
        elif kind == STEP:
            trace["steps"].append(record(payload))
        elif kind == START:
            trace["start"] = record(payload)
        elif kind == RECEIPT:
            trace["receipt"], trace["digest"] = record(payload), digest.hex()
    return trace


# --- the canonical digest ---


class Canonical:
    """The canonical digest of one step; feed it events in order."""

    def __init__(self):
        self.owners, self.ended, self.unknown = {}, [], 0  # owners: tid -> [name, forks, hash or None, signals]

    def retire(self, tid):
        name, _, state, signals = self.owners[tid]
        if state is None:
            return
        for number in sorted(signals):
            state.update(b"s" + bytes([number]) + struct.pack("<I", signals[number]))
        self.ended.append(name + state.digest())
        self.owners[tid][2] = None

    def adopt(self, tid, parent, ordinal):
        if tid in self.owners:
            self.retire(tid)
        name = hashlib.blake2b(parent + struct.pack("<I", ordinal), digest_size=16).digest()
        self.owners[tid] = [name, 0, hashlib.blake2b(digest_size=32), {}]

    def owner(self, tid):
        if tid not in self.owners or self.owners[tid][2] is None:
            self.adopt(tid, bytes(16), self.unknown)
            self.unknown += 1
        return self.owners[tid]

    def pid(self, value):
        value = (value & 0xFFFFFFFF) - ((value & 0x80000000) << 1)
        if value in (0, -1):
            return bytes([1 if value else 0])
        known = self.owners.get(abs(value))
        return bytes([(4 if value < 0 else 2) + (known is None)]) + (known[0][:8] if known else b"")

    def argument(self, letter, value):
        if letter in "pPVS":
            return bytes([value != 0])
        if letter == "I":
            return self.pid(value)
        return leb(value if letter == "z" else min(value, 65536) if letter == "x" else value & 0xFFFFFFFF)

    def result(self, letter, value):
        if -4095 <= value < 0:
            return b"\x01" + leb(-value)
        return b"\x00" + (bytes([value != 0]) if letter in "pI" else leb(value & U64))

    def call(self, event):
        _, letters, result = event["call"] or ("", "xxxxxx", "i")
        out = bytes([bool(event["flags"] & COMPAT)]) + leb(event["nr"] + 1)
        out += b"".join(self.argument(letter, arg) for letter, arg in zip(letters, event["args"]))
        return out + (self.result(result, event["ret"]) if event["kind"] == 2 else b"")

    def event(self, event):
        kind, args = KINDS.get(event["kind"]), event["args"]
        waits = event["nr"] in (15, 24, 202, 219) or event["flags"] & RESTART
        if kind in ("sample", "end") or (kind == "syscall" and waits and not event["flags"] & COMPAT):
            return
        before = args[0] & 0xFFFFFFFF
        if kind == "exec" and before not in (0, event["tid"]) and self.owners.get(before, [0, 0, None])[2]:
            moved = list(self.owners[before])
            self.owners[before][2] = None
            self.owner(event["tid"])
            self.retire(event["tid"])
            self.owners[event["tid"]] = moved
        owner = self.owner(event["tid"])
        if kind == "signal":
            owner[3][min(args[0], 64)] = 1 if args[0] < 32 else owner[3].get(min(args[0], 64), 0) + 1
            return
        out = bytes([event["kind"]])
        if kind in ("syscall", "denied"):
            out += self.call(event)
        out += b"".join(leb(a) for a in args[: {"exit": 1, "net": 4, "gap": 1}.get(kind, 0)])
        if kind == "net":
            out += leb(event["nr"] + 1) + (self.result("i", event["ret"]) if event["nr"] >= 0 else b"")
        for t, text in sorted(event["texts"].items()):
            if t != INODE and not (t == CLAIM and PATH in event["texts"]):
                text = meaning(text) if t == SOCKADDR else text
                out += b"t" + bytes([PATH if t == CLAIM else t]) + leb(len(text)) + text
        owner[2].update(out)
        if kind == "exit":
            self.retire(event["tid"])
        if kind == "fork":
            owner[1] += 1
            self.adopt(args[0] & 0xFFFFFFFF, owner[0], owner[1])

    def finish(self):
        for tid in self.owners:
            self.retire(tid)
        return hashlib.blake2b(b"".join(sorted(self.ended)), digest_size=32).digest()


def meaning(data):
    """A struct sockaddr without what is left over behind its end."""
    family = struct.unpack_from("<H", data)[0] if len(data) >= 2 else 0
    if family == 1 and data[2:3] not in (b"", b"\0"):
        return data[:2] + data[2:].partition(b"\0")[0]
    return data[:8] if family == 2 else data


def leb(value):
    """LEB128."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def canonical(events):
    """Digest of one step's events."""
    state = Canonical()
    for event in events:
        state.event(event)
    return state.finish()


# --- JSON ---

codecs.register_error("each", lambda e: ("\ufffd" * (e.end - e.start), e.end))


def text(data):
    """Bytes as text; each byte that is not UTF-8 is U+FFFD."""
    return data.decode("utf-8", "each")


def quoted(data):
    """A name in quotes; what is not printable ASCII is spelled (of other characters `assay` shows more as they are)."""
    names = {10: "\\n", 9: "\\t", 13: "\\r", 34: '\\"', 92: "\\\\"}
    return '"' + "".join(names.get(c, chr(c) if 0x20 <= c < 0x7F else f"\\x{c:02x}") for c in data) + '"'


def address(data):
    """A struct sockaddr in words."""
    family = struct.unpack_from("<H", data)[0] if len(data) >= 2 else 0
    if family == 2 and len(data) >= 16:
        return f"{ipaddress.IPv4Address(data[4:8])}:{struct.unpack_from('>H', data, 2)[0]}"
    if family == 10 and len(data) >= 24:
        return f"[{ipaddress.IPv6Address(data[8:24])}]:{struct.unpack_from('>H', data, 2)[0]}"
    if family == 1 and len(data) > 2:
        return "@" + quoted(data[3:]) if data[2] == 0 else quoted(data[2:].partition(b"\0")[0])
    return "unnamed" if family == 1 else f"family {family}"


def line(event):
    """An event as `assay trace show --json` prints it, without the newline."""
    kind, call, texts = KINDS.get(event["kind"], f"kind-{event['kind']}"), event["call"], event["texts"]
    out = {"seq": event["seq"], "ts_ns": event["ts"], "pid": event["pid"]}
    if event["tid"] != event["pid"]:
        out["tid"] = event["tid"]
    out |= {"comm": text(event["comm"]), "step": text(event["name"]), "kind": kind}
    is_call = kind in ("syscall", "denied")
    if event["nr"] >= 0:
        out["syscall"] = call[0] if call else f"syscall_{event['nr']}" + ("_compat" if event["flags"] & COMPAT else "")
    args = [signed(a) for a in event["args"]][: len(call[1]) if call and is_call else 6]
    while not is_call and args and args[-1] == 0:
        args.pop()
    if args or is_call:
        out["args"] = args
    if kind == "syscall" or (event["nr"] >= 0 and (kind == "net" or (kind == "denied" and event["ret"] < 0))):
        out["ret"] = event["ret"]
    if PATH in texts or CLAIM in texts:
        out["path"] = text(texts.get(PATH, texts.get(CLAIM)))
    if CLAIM2 in texts:
        out["path2"] = text(texts[CLAIM2])
    if ARGV in texts:
        out["argv"] = [text(word) for word in texts[ARGV].removesuffix(b"\0").split(b"\0")]
    if SOCKADDR in texts:
        out["address"] = address(texts[SOCKADDR])
    if len(texts.get(INODE, b"")) == 16:
        out["object"] = [int.from_bytes(texts[INODE][at:at + 8], "little") for at in (0, 8)]
    flags = [name for bit, name in enumerate(FLAGS) if event["flags"] >> bit & 1]
    if flags or event["flags"]:
        out["flags"] = flags
    if event["gas"]:
        out["gas_after"] = event["gas"]
    return json.dumps(out, separators=(",", ":")).replace("\x7f", "\\u007f")
