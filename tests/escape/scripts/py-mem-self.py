# SPDX-License-Identifier: Apache-2.0
#
# Writes to code of the C library, through its own memory file, and looks whether the file of the host has changed.
import ctypes
import os
import sys

at = ctypes.cast(ctypes.CDLL(None).getppid, ctypes.c_void_p).value
path, start, offset = "", 0, 0
for line in open("/proc/self/maps"):
    words = line.split()
    low, high = (int(x, 16) for x in words[0].split("-"))
    if low <= at < high:
        path, start, offset = words[-1], low, int(words[2], 16)
try:
    fd = os.open("/proc/self/mem", os.O_RDWR)
    os.pwrite(fd, b"\xcc", at)
except OSError:
    pass
with open(path, "rb") as library:
    library.seek(offset + at - start)
    sys.exit(0 if library.read(1) == b"\xcc" else 77)
