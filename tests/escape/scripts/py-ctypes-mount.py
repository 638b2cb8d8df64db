# SPDX-License-Identifier: Apache-2.0
#
# Mounts by a raw call through ctypes.
import ctypes
import sys

libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.syscall(165, b"none", b"/tmp", b"tmpfs", 0, 0) >= 0 else 77)
