# SPDX-License-Identifier: Apache-2.0
#
# One thread makes a denied call while another ends the process.
import ctypes
import os
import threading

libc = ctypes.CDLL(None)
threading.Thread(target=lambda: libc.syscall(165, b"none", b"/tmp", b"tmpfs", 0, 0), daemon=True).start()
os._exit(0)
