# SPDX-License-Identifier: Apache-2.0
#
# Fills files, shared memory and pipes, whose pages are memory too.
import os

kept = []
for i in range(1000):
    fd = os.memfd_create("x")
    os.posix_fallocate(fd, 0, 8 << 20)
    kept.append(fd)
