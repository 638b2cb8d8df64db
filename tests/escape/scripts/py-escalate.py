# SPDX-License-Identifier: Apache-2.0
#
# Becomes another user and takes capabilities by every call that Python has.
import os
import sys

for step in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot("/tmp"),
             lambda: os.nice(-5), lambda: os.chown("main.py", 0, 0), lambda: os.mknod("/tmp/sda", 0o60600, 0x800),
             lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))):
    try:
        step()
        sys.exit(0)
    except OSError:
        pass
sys.exit(77)
