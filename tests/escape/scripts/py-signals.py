# SPDX-License-Identifier: Apache-2.0
#
# Signals everybody that it can name.
import os
import signal
import sys

won = 0
for pid in [1, -1, 0x7fffffff, *range(2, 200)]:
    if pid == os.getpid():
        continue
    for number in (signal.SIGKILL, signal.SIGSTOP):
        try:
            os.kill(pid, number)
            won += 1
        except OSError:
            pass
sys.exit(0 if won else 77)
