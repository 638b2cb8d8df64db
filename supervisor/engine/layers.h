/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a result says about the sandbox's layers: which were in force, and what this host does not have. */

#include "lib/contract/result.h"

struct engine_job;

/* Fills result->layers, degraded and cgroup_mode. */
void layers_describe(const struct engine_job *job, struct run_result *result);
