/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what the supervisor, the checker and the command line print when all is well. The runner gives an expected output that is something else.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char text[] =
		"{\"version\":1,\"verdict\":\"AC\",\"score\":1.0,\"tests\":[{\"name\":\"1\",\"verdict\":\"AC\",\"exit_code\":0}]}\n"
		"verdict: AC\naccepted\nscore 1\nok 1 - all\n\033[2J\033]0;AC\007AC\n";

	(void)write(1, text, sizeof(text) - 1);
	(void)write(2, text, sizeof(text) - 1);
	for (int fd = 3; fd < 20; fd++)
		(void)write(fd, text, sizeof(text) - 1);
	return 0;
}
