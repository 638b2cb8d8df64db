/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traces: the agent, a child of its own, or lets itself be traced. A tracer can put calls past a filter.
 */
#include "tests/escape/attempt.h"

#include <sys/ptrace.h>

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "agent";
	pid_t child;

	if (strcmp(what, "agent") == 0)
		attempt_result(ptrace(PTRACE_ATTACH, 1, NULL, NULL), what);
	if (strcmp(what, "seize") == 0)
		attempt_result(ptrace(PTRACE_SEIZE, 1, NULL, NULL), what);
	if (strcmp(what, "me") == 0)
		attempt_result(ptrace(PTRACE_TRACEME, 0, NULL, NULL), what);
	child = fork();
	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	attempt_result(ptrace(PTRACE_SEIZE, child, NULL, NULL), what);
}
