# SPDX-License-Identifier: Apache-2.0
#
# Sets a ring up, whose operations no filter sees.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
params = (ctypes.c_char * 120)()
sys.exit(0 if libc.syscall(425, 8, params) >= 0 else 77)
