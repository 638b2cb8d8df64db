/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files whose names are escape sequences, line ends, options and invalid UTF-8, for tools that print or parse them.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const names[] = {"\033[2J\033[1;1H", "a\nb",	    "-rf",
					    "--help",		"\xff\xfe", "$(reboot)",
					    "`reboot`",		"; reboot", " ",
					    "..\\..\\x",	"%s%n",	    "*",
					    "|reboot"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)close(open(names[i], O_WRONLY | O_CREAT, 0644));
	attempt_blocked();
}
