# SPDX-License-Identifier: Apache-2.0
#
# Counts events of the machine by a raw call through ctypes.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.syscall(298, 0, 0, -1, -1, 0) >= 0 else 77)
