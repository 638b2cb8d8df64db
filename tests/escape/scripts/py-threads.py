# SPDX-License-Identifier: Apache-2.0
#
# Starts threads without an end.
import sys
import threading

started = 0
try:
    for started in range(1000):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
except RuntimeError:
    pass
sys.stdout.flush()
import os
os._exit(0 if started > 16 else 77)
