/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One JSON object on one line of standard output: what `--json` of the verbs prints. */

#include <jansson.h>

/* A string of any bytes as JSON text; NULL stands for null. NULL when there is no memory. */
json_t *json_line_text(const char *text);

/* Writes the object on one line and releases it. An exit status: EXIT_OK, or EXIT_INTERNAL with a complaint of `verb`. */
int json_line_print(const char *verb, json_t *object);
