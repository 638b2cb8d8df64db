# SPDX-License-Identifier: Apache-2.0
#
# Asks for the session keyring by a raw call through ctypes.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.syscall(250, 0, -3, 0) >= 0 else 77)
