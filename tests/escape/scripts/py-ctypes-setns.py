# SPDX-License-Identifier: Apache-2.0
#
# Enters a namespace by a raw call through ctypes.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.syscall(308, 0, 0) >= 0 else 77)
