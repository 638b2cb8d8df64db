/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facts of a trace's records, for people and for programs. */

#include <stdio.h>

#include "lib/trace/record.h"

/* A line for each fact: two spaces, key, value. What would act on a terminal is spelled. */
void facts_write_text(const struct trace_record *record, FILE *stream);

/* The members of a JSON object, each with a comma before it. */
void facts_write_json(const struct trace_record *record, FILE *stream);
