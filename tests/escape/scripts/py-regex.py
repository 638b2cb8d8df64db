# SPDX-License-Identifier: Apache-2.0
#
# A pattern that takes for ever to match.
import re

re.match(r"(a+)+$", "a" * 64 + "b")
