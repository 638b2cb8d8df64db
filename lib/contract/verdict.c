/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts as a table: code and name by number. The numbers are the precedence, so "worse" is "smaller"; skipped has the
 * largest number and so yields to everything without a case of its own.
 */

#include "lib/contract/verdict.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *code, *name;
} verdicts[VERDICT_MAX] = {
	[VERDICT_IE] = {"IE", "internal error"},
	[VERDICT_CE] = {"CE", "compile error"},
	[VERDICT_DJS] = {"DJS", "disallowed system call"},
	[VERDICT_GLE] = {"GLE", "gas limit"},
	[VERDICT_MLE] = {"MLE", "memory limit"},
	[VERDICT_PLE] = {"PLE", "process limit"},
	[VERDICT_TLE] = {"TLE", "cpu time limit"},
	[VERDICT_WTLE] = {"WTLE", "wall time limit"},
	[VERDICT_OLE] = {"OLE", "output limit"},
	[VERDICT_RTE] = {"RTE", "run error (signal)"},
	[VERDICT_NZ] = {"NZ", "run error (exit code not 0)"},
	[VERDICT_WA] = {"WA", "wrong answer"},
	[VERDICT_PC] = {"PC", "partially correct"},
	[VERDICT_AC] = {"AC", "accepted"},
	[VERDICT_SK] = {"SK", "skipped"},
};

const char *verdict_code(enum verdict verdict)
{
	return verdicts[verdict].code;
}

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

int verdict_from_code(const char *code)
{
	for (int v = 0; v < VERDICT_MAX; v++) {
		if (strcmp(verdicts[v].code, code) == 0)
			return v;
	}
	return -ENOENT;
}

enum verdict verdict_worse(enum verdict a, enum verdict b)
{
	return a < b ? a : b;
}
