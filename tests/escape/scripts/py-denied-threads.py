# SPDX-License-Identifier: Apache-2.0
#
# Eight threads make calls that are denied at once, while a timer interrupts them.
import ctypes
import signal
import threading

libc = ctypes.CDLL(None)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
start = threading.Barrier(8)


def attack():
    start.wait()
    while True:
        libc.syscall(165, 0, 0, 0, 0, 0)


for _ in range(8):
    threading.Thread(target=attack).start()
