# SPDX-License-Identifier: Apache-2.0
#
# Reads the memory of PID 1 by a raw call through ctypes.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.syscall(310, 1, 0, 0, 0, 0, 0) >= 0 else 77)
