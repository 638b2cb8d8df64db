# SPDX-License-Identifier: Apache-2.0
#
# Floods both streams from threads.
import os
import threading

for fd in (1, 2):
    threading.Thread(target=lambda fd=fd: [os.write(fd, b"x" * 65536) for _ in iter(int, 1)]).start()
