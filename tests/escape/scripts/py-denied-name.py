# SPDX-License-Identifier: Apache-2.0
#
# Takes a name that would end the text of a report and makes a denied call.
import ctypes

libc = ctypes.CDLL(None)
libc.prctl(15, b'"}],"v":"\\x1b[', 0, 0, 0)
libc.syscall(165, 0, 0, 0, 0, 0)
