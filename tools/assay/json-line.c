/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Texts may come from files that are anybody's, so what is no UTF-8 is replaced before jansson sees it: it would refuse the string
 * and with it the whole object. NULL stands for "no memory" all the way up, as json_pack() has it, and is said once, here.
 */

#include "tools/assay/json-line.h"

#include <stdio.h>
#include <string.h>

#include "tools/assay/complain.h"
#include "tools/assay/show.h"
#include "tools/assay/verb.h"

json_t *json_line_text(const char *text)
{
	_cleanup_free_ char *utf8 = NULL;
	size_t size;

	if (!text)
		return json_null();
	return show_replace(text, strlen(text), &utf8, &size) < 0 ? NULL : json_stringn(utf8, size);
}

int json_line_print(const char *verb, json_t *object)
{
	int r = object ? json_dumpf(object, stdout, JSON_COMPACT) : -1;
	const char *why = object ? "cannot write standard output" : "out of memory";

	json_decref(object);
	if (r == 0 && fputc('\n', stdout) != EOF)
		return EXIT_OK;
	complain(verb, "%s", why);
	return EXIT_INTERNAL;
}
