# SPDX-License-Identifier: Apache-2.0
#
# Two threads swap a directory for a link to the root while others open and rename through it.
import os
import sys
import threading

os.makedirs("a/etc", exist_ok=True)
os.symlink("/", "b")
stop = False


def swap():
    while not stop:
        os.rename("a", "c")
        os.rename("b", "a")
        os.rename("a", "b")
        os.rename("c", "a")


t = threading.Thread(target=swap)
t.start()
won = False
for i in range(20000):
    try:
        fd = os.open("a/etc/escape", os.O_CREAT | os.O_WRONLY)
        won = won or os.readlink(f"/proc/self/fd/{fd}").startswith("/etc")
        os.close(fd)
    except OSError:
        pass
stop = True
t.join()
sys.exit(0 if won else 77)
