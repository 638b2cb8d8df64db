#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""assay gas schedule: lists, shows and checks; and what is shown is what the file says."""

import json
import os
import re
import shutil
import subprocess

from tap import ASSAY, SOURCE, is_, isin, ok, scratch

POLICIES = os.path.join(SOURCE, "policies")
ASSAY_1 = os.path.join(POLICIES, "gas/assay-1.yaml")
BAD = os.path.join(SOURCE, "tests/fixtures/policies/bad/gas")


def schedule(*args, program=ASSAY):
    return subprocess.run([program, "gas", "schedule", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def every_call():
    """The calls that assay has names for, which is what a schedule must name."""
    return set(re.findall(r"^CALL\(\d+, (\w+),", read(os.path.join(SOURCE, "lib/contract/syscall-table.def")), re.MULTILINE))


def lists():
    r = schedule("list")
    is_(r.returncode, 0, "every packaged schedule can be loaded", r.stderr)
    is_([line.split()[0] for line in r.stdout.splitlines()], ["NAME", "assay-1"], "the table has them")
    entries = json.loads(schedule("list", "--json").stdout)["schedules"]
    is_([(e["id"], e["version"], e["error"]) for e in entries], [("assay-1", 1, None)], "so has the JSON")
    ok(re.fullmatch("[0-9a-f]{64}", entries[0]["hash"]), "with the hash")
    isin(entries[0]["hash"][:12], r.stdout, "whose beginning is in the table")


def shows():
    shown = json.loads(schedule("show", "--json", "assay-1").stdout)
    is_(shown["version"], 1, "the JSON says its version")
    is_(shown["schedule"]["id"], "assay-1", "and which schedule it is")
    calls = [call for c in shown["classes"] for call in c["calls"]]
    is_((len(calls), set(calls)), (len(set(calls)), every_call()), "every call is in one class")
    ok(all(c["calls"] == sorted(c["calls"]) for c in shown["classes"]), "sorted")
    ok(all(c["reason"] for c in [*shown["classes"], *(shown[i] for i in ("bytes", "pages", "forks", "execs"))]),
       "every price has a reason")
    by_name = {c["name"]: c for c in shown["classes"]}
    is_((by_name["waiting"]["price"], by_name["waiting"]["extra"]), (0, None), "waiting is free")
    is_(by_name["transfer"]["extra"], "bytes", "extras are named")
    isin(shown["unknown"], by_name, "unknown calls have a class of these")

    r = schedule("show", "assay-1")
    is_(r.returncode, 0, "text is shown", r.stderr)
    isin(f"hash      {shown['schedule']['hash']}", r.stdout, "with the same hash")
    for c in shown["classes"]:
        ok(re.search(rf"^ *{c['price']}  {c['name']} +{len(c['calls'])}  each completed call", r.stdout, re.MULTILINE),
           f"{c['name']}: a row with the price")
        is_(set(section(r.stdout, c["name"]).split("calls:")[1].split()), set(c["calls"]), f"{c['name']}: the calls")
        is_(" ".join(section(r.stdout, c["name"]).split("calls:")[0].split()), c["reason"], f"{c['name']}: the reason")
    ok(all(len(line) <= 80 for line in r.stdout.splitlines() if not line.startswith("file ")), "in 80 columns", r.stdout)
    is_(schedule("show", ASSAY_1).stdout.replace(ASSAY_1, ""), re.sub(r"(?m)^(file +).*", r"\1", r.stdout), "a file is shown alike")


def section(text, name):
    return re.search(rf"^{name}\n((?:  .*\n)+)", text, re.MULTILINE)[1]


def the_text_is_what_the_file_says():
    """Read by another program: the prices of the file are the prices that are shown."""
    shown = {c["name"]: c for c in json.loads(schedule("show", "--json", "assay-1").stdout)["classes"]}
    prices = dict(re.findall(r"^  - name: (\S+)\n    price: (\d+)$", read(ASSAY_1), re.MULTILINE))
    is_({name: int(price) for name, price in prices.items()}, {name: c["price"] for name, c in shown.items()}, "prices of classes")


def terminals_are_safe():
    text = read(ASSAY_1).replace("summary: kernel work", 'summary: "\\e[31m" #', 1)
    path = put(os.path.join(scratch(), "hostile", "assay-1.yaml"), text)
    r = schedule("show", path)
    is_(r.returncode, 0, "a summary may have any bytes", r.stderr)
    ok("\x1b" not in r.stdout, "and none of them reach the terminal")


def checks():
    r = schedule("check", ASSAY_1)
    is_((r.returncode, r.stdout), (0, f"{ASSAY_1}: ok\n"), "a right file is ok")
    bad = os.path.join(BAD, "price-negative.yaml")
    r = schedule("check", ASSAY_1, bad)
    is_(r.returncode, 1, "one wrong file is a failure")
    is_(r.stdout.splitlines(), [f"{ASSAY_1}: ok", f"{bad}:12:22: '-1'; expected a whole number from 0 to 1000000"],
        "with file, line and column")
    r = subprocess.run([ASSAY, "policy", "check", bad], capture_output=True, text=True, timeout=60, check=False)
    isin(f"{bad}:12:22:", r.stdout, "policy check knows schedules too")


def usage():
    for args in ([], ["show"], ["show", "a", "b"], ["check"], ["list", "x"], ["lst"], ["show", "--yaml", "assay-1"]):
        r = schedule(*args)
        is_((r.returncode, r.stdout), (2, ""), f"`assay gas schedule {' '.join(args)}` is a usage error")
        ok(r.stderr.startswith("assay gas schedule: ") and r.stderr.count("\n") == 1, "on one line", r.stderr)
    isin("did you mean 'list'?", schedule("lst").stderr, "a near miss is named")
    for args in (["--help"], ["list", "--help"], ["show", "--help"], ["check", "--help"]):
        r = schedule(*args)
        is_((r.returncode, r.stderr), (0, ""), f"`assay gas schedule {' '.join(args)}` is help")
        ok(all(len(line) <= 80 for line in r.stdout.splitlines()), "in 80 columns", r.stdout)
    r = schedule("show", "nothing")
    is_(r.returncode, 2, "an unknown schedule is an error")
    isin("no gas schedule is called 'nothing'", r.stderr, "that says so")
    with open("/dev/full", "w", encoding="ascii") as full:
        r = subprocess.run([ASSAY, "gas", "schedule", "show", "--json", "assay-1"], stdout=full, stderr=subprocess.PIPE, text=True,
                           timeout=60, check=False)
    is_(r.returncode, 3, "a full disk is no success", r.stderr)


def broken_ones_are_listed():
    top = os.path.join(scratch(), "install")
    program = os.path.join(top, "bin/assay")
    os.makedirs(os.path.join(top, "bin"))
    shutil.copy(ASSAY, program)
    shutil.copytree(POLICIES, os.path.join(top, "share/assay/policies"))
    put(os.path.join(top, "share/assay/policies/gas/broken.yaml"), "id: broken\nversion: 0\n")
    r = schedule("list", program=program)
    is_(r.returncode, 1, "a schedule that cannot be loaded is told by the status")
    line = next(line for line in r.stdout.splitlines() if line.startswith("broken"))
    isin("broken.yaml:2:10: '0'; expected", line, "and listed with the reason")
    entry = next(e for e in json.loads(schedule("list", "--json", program=program).stdout)["schedules"] if e["id"] == "broken")
    is_(entry["hash"], None, "in JSON, too")


def documented_example():
    """The example of the grammar's page, completed by the calls that it leaves out, is a file that checks."""
    block = next(b for b in re.findall(r"```yaml\n(.*?)```", read(os.path.join(POLICIES, "README.md")), re.DOTALL)
                 if b.startswith("id: "))
    rest = sorted(every_call() - {"read", "write"})
    text = re.sub(r"  # \.\.\. until.*\n", f"  - {{name: other, price: 1, reason: the rest, calls: [{', '.join(rest)}]}}\n", block)
    path = put(os.path.join(scratch(), "examples", "course-1.yaml"), text)
    is_(schedule("check", path).stdout, f"{path}: ok\n", "the example of policies/README.md is right")


for test in (lists, shows, the_text_is_what_the_file_says, terminals_are_safe, checks, usage, broken_ones_are_listed,
             documented_example):
    test()
