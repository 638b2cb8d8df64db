# SPDX-License-Identifier: Apache-2.0
#
# Makes namespaces by a call whose flags no filter sees.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
args = (ctypes.c_uint64 * 11)(0x10000000 | 0x20000)
sys.exit(0 if libc.syscall(435, args, 88) >= 0 else 77)
