# SPDX-License-Identifier: Apache-2.0
#
# Has programs of the host that are privileged do the work.
import subprocess
import sys

for command in (["su", "-c", "id"], ["sudo", "-n", "id"], ["passwd", "-d", "root"], ["chsh", "-s", "/bin/sh", "root"]):
    try:
        if subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0:
            sys.exit(0)
    except OSError:
        pass
sys.exit(77)
