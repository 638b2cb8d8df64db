# SPDX-License-Identifier: Apache-2.0
#
# Opens a file by its handle by a raw call through ctypes.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.syscall(304, 0, 0, 0) >= 0 else 77)
