/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes what other submissions will run: creates, overwrites, renames and removes files of the toolchain. All of it is
 * mounted read-only, belongs to a uid that does not exist here, and Landlock allows writing below the scratch only.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const created[] = {
		"/usr/lib/evil", "/usr/evil",	  "/etc/evil",
		"/evil",	 "/dev/evil",	  "/proc/evil",
		"/var/evil",	 "/sandbox/evil", "/usr/lib/x86_64-linux-gnu/evil"};
	static const char *const existing[] = {"/etc/passwd", "/etc/nsswitch.conf",
					       "/usr/lib/os-release",
					       "/usr/lib/x86_64-linux-gnu/libc.so.6"};

	for (size_t i = 0; i < sizeof(created) / sizeof(created[0]); i++) {
		attempt_try(open(created[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0666), created[i]);
		attempt_try(mkdir(created[i], 0777), created[i]);
		attempt_try(symlink("/x", created[i]), created[i]);
	}
	for (size_t i = 0; i < sizeof(existing) / sizeof(existing[0]); i++) {
		attempt_try(open(existing[i], O_WRONLY | O_CLOEXEC), existing[i]);
		attempt_try(truncate(existing[i], 0), existing[i]);
		attempt_try(unlink(existing[i]), existing[i]);
		attempt_try(rename(existing[i], "taken"), existing[i]);
		attempt_try(rename("/work", existing[i]), existing[i]);
	}
	attempt_blocked();
}
