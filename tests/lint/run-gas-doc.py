#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/gas.md says what the packaged gas schedule says, and a page that does not is seen."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from tap import ASSAY, SOURCE, is_, isin, ok  # noqa: E402

TOOL = os.path.join(SOURCE, "tools/make/gas-doc")
PAGE = os.path.join(SOURCE, "docs/gas.md")


def gas_doc(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, timeout=60, check=False)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    r = gas_doc("--check", ASSAY, PAGE)
    is_((r.returncode, r.stderr), (0, ""), "docs/gas.md is what `make gas-doc` writes")
    page = read(PAGE)
    for name in ("head", "prices", "calls"):
        isin(f"<!-- gas-doc: {name} assay-1 -->", page, f"the page has the list {name}")
    with tempfile.TemporaryDirectory() as top:
        copy = os.path.join(top, "gas.md")
        for what, old, new in (("a price", "| `path` | 6 |", "| `path` | 7 |"), ("a call", " epoll_wait ", " "),
                               ("a row", "| *forks* |", "| *children* |")):
            ok(old in page, f"{what}: is in the page")
            with open(copy, "w", encoding="utf-8") as f:
                f.write(page.replace(old, new, 1))
            r = gas_doc("--check", ASSAY, copy)
            number = page[:page.index(old)].count("\n") + 1
            is_(r.returncode, 1, f"{what} that differs is seen")
            isin(f"{copy}:{number}: is not what the schedule says", r.stderr, "... with its line")
            is_(gas_doc(ASSAY, copy).returncode, 0, "... and mended")
            is_(read(copy), page, "... to what it was")


main()
