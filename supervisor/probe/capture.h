/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kernel side captures of each call, made from the table of calls. */

#include "bpf/abi/state.h"

/* Fills `ops` with bits of enum probe_op and places of texts. */
void capture_ops(__u32 ops[static PROBE_CALLS]);
