# SPDX-License-Identifier: Apache-2.0
#
# Connects to a server of the host by an abstract name.
import os
import socket
import sys

s = socket.socket(socket.AF_UNIX)
sys.exit(0 if s.connect_ex("\0" + os.environ["ESCAPE_ABSTRACT"]) == 0 else 77)
