# SPDX-License-Identifier: Apache-2.0
#
# An error whose text is huge.
raise RuntimeError("x" * (64 << 20))
