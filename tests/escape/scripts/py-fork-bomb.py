# SPDX-License-Identifier: Apache-2.0
#
# Forks for ever in every process.
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
