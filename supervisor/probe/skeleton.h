/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The generated skeleton, after the types of the variables in it, which it does not define. */

#include "bpf/abi/record.h"
#include "bpf/abi/state.h"

#include "bpf/probe.skel.h"
