#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""assay policy: lists, shows and checks; and what the documentation shows as an example is right."""

import json
import os
import re
import shutil
import subprocess

from tap import ASSAY, SOURCE, is_, isin, ok, scratch

POLICIES = os.path.join(SOURCE, "policies")
DEFAULTS = ["c", "cpp", "go", "java", "javascript", "native", "python", "rust", "shell"]


def policy(*args, program=ASSAY):
    return subprocess.run([program, "policy", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          check=False)


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def without_hash_of_place(text):
    return [line for line in text.splitlines() if not line.startswith("# file: ")]


def lists():
    r = policy("list")
    is_(r.returncode, 0, "every packaged policy can be loaded", r.stderr)
    names = [line.split()[0] for line in r.stdout.splitlines()]
    is_(names, ["NAME", *DEFAULTS], "the table has the default policies, sorted, and no bases")
    r = policy("list", "--json")
    entries = json.loads(r.stdout)["policies"]
    is_([e["name"] for e in entries], DEFAULTS, "so has the JSON")
    ok(all(re.fullmatch("[0-9a-f]{64}", e["hash"]) for e in entries), "with their hashes", entries)
    for e in entries:
        is_({n["program"] for n in e["missing"]}, {n["program"] for n in e["needs"] if not os.path.exists(n["program"])},
            f"{e['name']}: what is missing is what is not there")


def shows():
    top = scratch()
    for name in DEFAULTS:
        r = policy("show", name)
        is_(r.returncode, 0, f"{name} is shown", r.stderr)
        again = policy("show", put(os.path.join(top, "shown", f"{name}.yaml"), r.stdout))
        if name == "java":
            # the architecture's name has taken the word's place
            continue
        is_(without_hash_of_place(again.stdout), without_hash_of_place(r.stdout),
            f"{name}: what is shown is a policy with the same hash", again.stderr)
        shown = json.loads(policy("show", "--json", name).stdout)
        isin(f"# hash: {shown['hash']}", r.stdout, f"{name}: text and JSON agree")


def json_of_a_policy():
    shown = json.loads(policy("show", "--json", os.path.join(POLICIES, "cpp.yaml")).stdout)
    is_(shown["version"], 1, "the JSON says its version")
    is_(shown["run"]["limits"]["cpu_ns"], 2_000_000_000, "limits are in the unit of their name")
    is_(shown["gas"]["schedule"], "assay-1", "the gas schedule is named")
    isin(f"gas: assay-1  # version {shown['gas']['version']}, hash {shown['gas']['hash']}", policy("show", "cpp").stdout,
         "in the text, too, with its hash")
    is_(shown["run"]["limits"]["gas"], None, "a limit that is not set is null")
    rules = {rule["syscall"]: rule for rule in shown["run"]["seccomp"]["rules"]}
    is_(rules["read"]["answer"], "allow", "rules of the filter are there")
    is_(rules["clone3"]["answer"], "ENOSYS", "with errnos by name")
    is_(rules["clone"]["otherwise"], "kill", "and conditions")
    is_(json.loads(policy("show", "--json", "python").stdout)["compile"], None, "no compile step is null")


def checks():
    good = [os.path.join(POLICIES, "c.yaml"), os.path.join(POLICIES, "base.yaml"), os.path.join(POLICIES, "seccomp/strict.yaml")]
    r = policy("check", *good)
    is_((r.returncode, r.stdout.splitlines()), (0, [f"{path}: ok" for path in good]), "right files are ok, bases and profiles too")
    bad = os.path.join(SOURCE, "tests/fixtures/policies/bad/unknown-key.yaml")
    r = policy("check", good[0], bad)
    is_(r.returncode, 1, "one wrong file is a failure")
    isin(f"{bad}:7:1: unknown key 'sumary'; expected one of ", r.stdout, "with file, line and column")
    here = os.getcwd()
    os.chdir(os.path.join(POLICIES, "seccomp"))
    is_(policy("check", "strict.yaml").returncode, 0, "a profile is one wherever it is looked at from")
    os.chdir(here)


def usage():
    for args in ([], ["show"], ["show", "a", "b"], ["check"], ["list", "x"], ["lst"], ["show", "--yaml", "c"]):
        r = policy(*args)
        is_((r.returncode, r.stdout), (2, ""), f"`assay policy {' '.join(args)}` is a usage error")
        ok(r.stderr.startswith("assay policy: ") and r.stderr.count("\n") == 1, "on one line", r.stderr)
    isin("did you mean 'list'?", policy("lst").stderr, "a near miss is named")
    for args in (["--help"], ["list", "--help"], ["show", "--help"], ["check", "--help"]):
        r = policy(*args)
        is_((r.returncode, r.stderr), (0, ""), f"`assay policy {' '.join(args)}` is help")
        ok(all(len(line) <= 80 for line in r.stdout.splitlines()), "in 80 columns", r.stdout)
    r = policy("show", "nothing")
    is_(r.returncode, 2, "an unknown policy is an error")
    isin("no policy is called 'nothing'", r.stderr, "that says so")


def broken_ones_are_listed():
    top = os.path.join(scratch(), "install")
    os.makedirs(os.path.join(top, "bin"))
    shutil.copy(ASSAY, os.path.join(top, "bin/assay"))
    shutil.copytree(POLICIES, os.path.join(top, "share/assay/policies"))
    put(os.path.join(top, "share/assay/policies/broken.yaml"), "version: 1\nname: broken\nsumary: x\n")
    r = policy("list", program=os.path.join(top, "bin/assay"))
    is_(r.returncode, 1, "a policy that cannot be loaded is told by the status")
    line = next(line for line in r.stdout.splitlines() if line.startswith("broken"))
    isin("broken.yaml:3:1: unknown key 'sumary'", line, "and listed with the reason")
    r = policy("list", "--json", program=os.path.join(top, "bin/assay"))
    entry = next(e for e in json.loads(r.stdout)["policies"] if e["name"] == "broken")
    is_(entry["hash"], None, "in JSON, too")


def documented_examples():
    """Every YAML block of the grammar's page is a file that checks."""
    with open(os.path.join(POLICIES, "README.md"), encoding="utf-8") as f:
        blocks = re.findall(r"```yaml\n(.*?)```", f.read(), re.DOTALL)
    ok(len(blocks) >= 3, "the grammar has examples")
    top = scratch()
    for block in blocks:
        if block.startswith("id: "):
            # a gas schedule has a line for every call there is; tests/integration/test_gas.py has a whole one
            continue
        name = re.search(r"^name: (\w+)", block, re.MULTILINE)[1]
        sub = "seccomp" if re.search("^unlisted:", block, re.MULTILINE) else ""
        path = put(os.path.join(top, "examples", sub, f"{name}.yaml"), block)
        r = policy("check", path)
        is_((r.returncode, r.stdout), (0, f"{path}: ok\n"), f"the example {name} is right")


for test in (lists, shows, json_of_a_policy, checks, usage, broken_ones_are_listed, documented_examples):
    test()
