#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The checks of tools/lint see what they are there for: each case is a small tree with one mistake in it.

A check that passes everything would pass unnoticed, so every message of tools/lint/layers and tools/lint/tree has a
case here that must produce it, and a clean tree that must produce none.
"""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from tap import SOURCE, is_, ok  # noqa: E402

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
CLEAN = {
    "lib/base/fd.h": SPDX + "#pragma once\n#include <stddef.h>\n",
    "lib/contract/verdict.h": SPDX + '#pragma once\n#include "lib/base/fd.h"\n',
    "agent/abi/plan.h": SPDX + "#pragma once\n#include <linux/types.h>\n",
    "supervisor/policy/policy-load.h": SPDX + "#pragma once\n",
    "supervisor/policy/seccomp.c": SPDX + '#include <seccomp.h>\n#include "lib/contract/verdict.h"\n'
                                          '#include "supervisor/policy/policy-load.h"\n',
    "supervisor/sandbox/cgroup.c": SPDX + '#include <sys/mount.h>\n#include "agent/abi/plan.h"\n',
    "supervisor/engine/engine.c": SPDX + '#include <event2/event.h>\n#include "supervisor/policy/policy-load.h"\n',
    "lib/base/test-fd.c": SPDX + '#include <cmocka.h>\n#include "lib/base/fd.h"\n',
}

# What is added to the clean tree, where the message is expected, and a part of it.
LAYER_CASES = [
    ("a lower rank includes a higher one", "lib/base/fd.c", '#include "lib/contract/verdict.h"', "lib/base (rank 0) may not include"),
    ("two modules of one rank", "supervisor/sandbox/root.c", '#include "supervisor/policy/policy-load.h"', "both of rank 2"),
    ("the agent includes the contract", "agent/main.c", '#include "lib/contract/verdict.h"', "agent and lib/contract are both of rank 1"),
    ("the checker includes the agent's plan", "checker/main.c", '#include "agent/abi/plan.h"', "checker may not include agent/abi"),
    ("the engine is included from below", "supervisor/policy/up.c", '#include "supervisor/engine/engine.h"', None),
    ("libseccomp outside of its owner", "supervisor/sandbox/filter.c", "#include <seccomp.h>", "<seccomp.h> belongs to supervisor/policy"),
    ("libcyaml outside of its owner", "tools/assay/list.c", "#include <cyaml/cyaml.h>", "<cyaml/cyaml.h> belongs to supervisor/policy"),
    ("an event loop below rank 3", "supervisor/sandbox/loop.c", "#include <event2/event.h>", "belongs to supervisor/engine"),
    ("libbpf outside of its owner", "supervisor/engine/load.c", "#include <bpf/libbpf.h>", "belongs to supervisor/probe"),
    ("mounts outside of the sandbox", "supervisor/engine/mount.c", "#include <sys/mount.h>", "<sys/mount.h> belongs to"),
    ("msgpack outside of the wire", "lib/contract/pack.c", "#include <msgpack.h>", "belongs to lib/wire"),
    ("cmocka outside of a test", "lib/base/fault.c", "#include <cmocka.h>", "<cmocka.h> belongs to test"),
    ("an include from its own directory", "lib/base/mem.c", '#include "fd.h"', 'write "lib/base/fd.h"'),
    ("a file of ours in angle brackets", "lib/base/mem.c", "#include <lib/base/fd.h>", 'write "lib/base/fd.h"'),
    ("a file that does not exist", "lib/base/mem.c", '#include "lib/base/none.h"', "does not exist"),
    ("an include in odd spelling", "lib/base/odd.c", '  #  include   "lib/contract/verdict.h"', "may not include"),
    ("a skeleton outside of the probe", "supervisor/engine/skel.c", '#include "bpf/count.skel.h"', "only supervisor/probe"),
    ("a benchmark's skeleton in the probe", "supervisor/probe/skel.c", '#include "bpf/bench/floor.skel.h"', "only tools"),
    ("a directory that the table lacks", "lib/other/x.c", "", "is in no module"),
    ("a BPF program without a user side", "bpf/count.bpf.c", "", "has no user side"),
]

OPENING = SPDX + "\n/*\n * What this solves, and how.\n */\n"
TREE_CASES = [
    ("no SPDX line", "tools/x/a.mk", "all:\n", 0o644, "has no licence"),
    ("a licence of another directory", "bpf/a.h", SPDX + "#pragma once\n", 0o644, "(GPL-2.0 OR BSD-2-Clause)"),
    ("a file called utils", "lib/base/string-utils.c", OPENING, 0o644, "the name says nothing"),
    ("a directory called common", "lib/common/fd.c", OPENING, 0o644, "the name says nothing"),
    ("a header without pragma once", "lib/base/b.h", SPDX + "int b;\n", 0o644, "#pragma once"),
    ("a header that is too long", "lib/base/c.h", SPDX + "#pragma once\n" + "int c;\n" * 200, 0o644, "the limit is 200"),
    ("a C file that does not open with a comment", "lib/base/d.c", SPDX + "#include <stdio.h>\n", 0o644, "does not open with a comment"),
    ("a script by PATH", "tools/x/e", "#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n", 0o755, "PATH may hold wrappers"),
    ("a script that cannot be executed", "tools/x/f", "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n", 0o644, "not executable"),
    ("a source that can be executed", "lib/base/g.c", OPENING, 0o755, "no script"),
    ("white space at the end of a line", "lib/base/h.c", OPENING + "int h; \n", 0o644, "white space"),
    ("no newline at the end", "lib/base/i.c", OPENING + "int i;", 0o644, "newline"),
]


def write(root, path, text, mode=0o644):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(full, mode)


def check(name, root, *files):
    done = subprocess.run([os.path.join(SOURCE, "tools/lint", name), "--root", root, *files], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


with tempfile.TemporaryDirectory() as top:
    root = os.path.join(top, "clean")
    for path, text in CLEAN.items():
        write(root, path, text)
    is_(check("layers", root), (0, ""), "layers: a clean tree passes")

    for number, (name, path, line, message) in enumerate(LAYER_CASES):
        root = os.path.join(top, f"layers-{number}")
        for clean_path, text in CLEAN.items():
            write(root, clean_path, text)
        if message is None:
            write(root, "supervisor/engine/engine.h", SPDX + "#pragma once\n")
            message = "turn the dependency around"
        write(root, path, SPDX + "\n" + line + "\n")
        where = f"{path}:{3 if line else 1}: "
        status, said = check("layers", root)
        ok(status == 1 and said.startswith(where) and message in said and said.count("\n") == 1,
           f"layers: {name}", f"expected one line: {where}...{message}...", f"exit status {status}, said:", said)

    empty = os.path.join(top, "empty")
    os.makedirs(empty)
    is_(check("layers", empty)[0], 1, "layers: an empty tree is an error, not a pass")

    root = os.path.join(top, "tree")
    write(root, "lib/base/clean.c", OPENING + "int clean;\n")
    is_(check("tree", root, "lib/base/clean.c"), (0, ""), "tree: a clean file passes")
    for name, path, text, mode, message in TREE_CASES:
        write(root, path, text, mode)
        status, said = check("tree", root, path)
        ok(status == 1 and said.startswith(path + ":") and message in said and said.count("\n") == 1,
           f"tree: {name}", f"expected one line with: {message}", f"exit status {status}, said:", said)
