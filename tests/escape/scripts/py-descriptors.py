# SPDX-License-Identifier: Apache-2.0
#
# Looks for descriptors that it should not have.
import os
import sys

extra = []
for fd in range(3, 1024):
    try:
        os.fstat(fd)
        extra.append(os.readlink(f"/proc/self/fd/{fd}"))
    except OSError:
        pass
sys.exit(0 if [x for x in extra if "main.py" not in x] else 77)
