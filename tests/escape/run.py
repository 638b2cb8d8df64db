#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The escape suite, first part: attempts in C to leave the sandbox, to reach the host and to forge verdicts.

    run.py [--build] [--only PATTERN] [--jobs N]

    --build         only builds the attempts in C
    --only PATTERN  only attempts whose name contains it
    --times         says how long each took
    --jobs N        so many at once; as many as there are CPUs without it

ASSAY, ASSAY_BUILD and ASSAY_SOURCE say what is attacked, as for every test; ASSAY_TIME_SCALE how slow the machine is.
"""

import suite

suite.run_all(lambda bait: [*suite.program_attempts(bait, limited=False)])
