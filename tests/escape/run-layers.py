#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The escape suite, second mode: one layer is left out at a time; what it is first to stop has to be held by another.

    run-layers.py [--write FILE] [--only LAYER] [--jobs N]

    --write FILE  puts the table between the markers of FILE (docs/threat-model.md)

The program that is attacked is not the product but build/.../test/escape/without/bin/assay, see without/without.c. An attempt that
got what it was after although layers.tsv does not know it as held by nothing else is a failed result.
"""

import concurrent.futures
import os
import re
import sys

import suite
import tap

FIELDS = ("layer", "mode", "attempts", "open", "holders", "worth")
BEGIN, END = "<!-- layers: begin -->", "<!-- layers: end -->"


def chosen(row, programs):
    """(row of attempts.tsv, argument) of every attempt that a row of layers.tsv names."""
    found = []
    for word in row["attempts"].split():
        name, _, argument = word.partition(":")
        if name == "@seccomp":
            found += [p for p in programs.values() if p["limits"] == "-" and p["how"].split("=")[0] in ("-", "host-port", "host-abstract")
                      and p["strict"] != "-" and (p["strict"].startswith("DJS") or p["layer"].startswith("seccomp"))
                      and not p["name"].startswith(("forge-", "denial-"))]
        else:
            found.append({**programs[name], **({"args": argument} if argument else {})})
    return found


def attempt(row, program, bait):
    """The outcome of one attempt with the layer left out."""
    args = suite.attempt_args(program, row["mode"])
    args += ["--env", f"ESCAPE_PORT={bait.port}", "--env", f"ESCAPE_ABSTRACT={bait.name}"]
    if program["how"] == "twice":
        args += ["--keep-going", "--tests", suite.tests_dir()]
    path = os.path.join(suite.binaries_dir(), program["file"])
    result, status, _ = suite.run_assay(*args, path, env={"ASSAY_WITHOUT": row["layer"]})
    if result is None:
        return status
    steps = suite.steps_of(result)
    outcome = suite.outcome_of(steps[-1]) if steps else "IE"
    return f"IE: {result['message']}" if outcome == "IE" else outcome


def table_lines(rows, outcomes):
    lines = ["| left out | under | attempts | held by another | by | not held | what that gives |", "|---|---|---|---|---|---|---|"]
    for i, row in enumerate(rows):
        mine = outcomes[i]
        got = sorted(name for name, outcome in mine if outcome == "AC")
        lines.append(f"| {row['layer'].replace(',', ' and ')} | {row['mode']} | {len(mine)} | {len(mine) - len(got)} | {row['holders']} | "
                     f"{', '.join(got) or 'nothing'} | {row['worth'] if got else '-'} |")
    return lines


def write(path, lines):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: "\n".join([BEGIN, *lines, END]), text, flags=re.DOTALL)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    suite.build_all()
    if os.geteuid() != 0:
        tap.skip_all("root")
    suite.ASSAY = os.path.join(suite.binaries_dir(), "without/bin/assay")
    programs = {p["name"]: p for p in suite.table("attempts.tsv", suite.PROGRAM_FIELDS)}
    only = suite.arguments("--only", "")
    rows = [row for row in suite.table("layers.tsv", FIELDS) if only in row["layer"]]
    bait, before, objects, offset = suite.Bait(), suite.host_state(), suite.ipc_objects(), suite.clock_offset()
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(int(suite.arguments("--jobs", os.cpu_count() or 1))) as pool:
        asked = [[(p["name"], pool.submit(attempt, row, p, bait)) for p in suite.share(chosen(row, programs))] for row in rows]
        for row, futures in zip(rows, asked):
            outcomes.append([(name, future.result()) for name, future in futures])
            for name, outcome in outcomes[-1]:
                label = f"without {row['layer']}, {name} ({row['mode']})"
                if outcome == "AC":
                    tap.ok(name in row["open"].split(), f"{label}: not held", "no other layer holds it, and layers.tsv does not know that")
                else:
                    tap.ok(suite.agrees(outcome, "blocked|DJS|MLE|TLE|WTLE|OLE|RTE|NZ:126"), f"{label}: {outcome}", outcome)
    # Without the filter a socket of a family that is a module loads it, which nobody is kept from who may make sockets.
    before["modules"] = suite.host_state()["modules"]
    suite.check_host(before, objects, offset)
    lines = table_lines(rows, outcomes)
    tap.diag(*lines)
    if "--write" in sys.argv:
        write(suite.arguments("--write", ""), lines)


main()
