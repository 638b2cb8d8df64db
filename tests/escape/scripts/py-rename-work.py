# SPDX-License-Identifier: Apache-2.0
#
# Moves its work directory away and puts a link to the root in its place.
import os
import sys

done = 0
for path in ("/work", "/sandbox/work", "/sandbox", "/tmp", "/dev/shm"):
    for step in (lambda: os.rename(path, path + "x"), lambda: os.symlink("/", path), lambda: os.rmdir(path)):
        try:
            step()
            done += 1
        except OSError:
            pass
sys.exit(0 if done else 77)
