# SPDX-License-Identifier: Apache-2.0
#
# A number of a thousand million digits, computed in one call that no signal interrupts.
print(len(str(9 ** (9 ** 9))))
