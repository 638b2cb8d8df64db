# SPDX-License-Identifier: Apache-2.0
#
# Takes all memory, and again whenever that fails.
kept = []
while True:
    try:
        kept.append(bytearray(16 << 20))
    except MemoryError:
        pass
