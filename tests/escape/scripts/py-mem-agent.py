# SPDX-License-Identifier: Apache-2.0
#
# Opens the memory, the root and the descriptors of other processes.
import os
import sys

for pid in [1, 2, *range(3, 64)]:
    if pid == os.getpid():
        continue
    for name in ("mem", "environ", "maps", "root/etc/passwd", "cwd/x", "fd/0", "stat", "exe"):
        try:
            open(f"/proc/{pid}/{name}", "rb").read(1)
            sys.exit(0)
        except OSError:
            pass
sys.exit(77)
