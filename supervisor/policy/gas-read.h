/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the text of a schedule's file to the noun of lib/contract. */

#include "lib/base/fault.h"
#include "lib/contract/gas.h"
#include "supervisor/policy/gas-schedule.h"
#include "supervisor/policy/yaml-text.h"

/*
 * Reads a schedule from its text, everything but the hash. `stem` is the id that the file's name asks for. 0, -EINVAL with a place,
 * or -ENOMEM. *ret_notes is cleared by the caller in every case (gas_notes_clear); *ret_schedule counts after a success only.
 */
int gas_read(const struct yaml_text *text, const char *stem, struct gas_schedule *ret_schedule,
	     struct gas_notes *ret_notes, struct fault *fault);
