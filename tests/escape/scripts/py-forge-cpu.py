# SPDX-License-Identifier: Apache-2.0
#
# Kills itself as the CPU limit would.
import os
import signal

os.kill(os.getpid(), signal.SIGXCPU)
