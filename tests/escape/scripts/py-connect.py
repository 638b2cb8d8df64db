# SPDX-License-Identifier: Apache-2.0
#
# Connects to a server of the host.
import os
import socket
import sys

s = socket.socket(socket.AF_INET)
s.settimeout(1)
sys.exit(0 if s.connect_ex(("127.0.0.1", int(os.environ["ESCAPE_PORT"]))) == 0 else 77)
