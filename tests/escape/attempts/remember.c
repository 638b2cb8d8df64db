/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves a note in every place that it may write to, for the next test to find. It is run twice; the second run must not find it.
 */
#include "tests/escape/attempt.h"

#include <sys/shm.h>

int main(void)
{
	static const char *const places[] = {"note", "/tmp/note", "/dev/shm/note", "/var/tmp/note2"};
	bool found = false;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		found |= access(places[i], F_OK) == 0;
		(void)close(open(places[i], O_WRONLY | O_CREAT, 0666));
	}
	if (found)
		attempt_escaped("a note of the run before");
	attempt_blocked();
}
