/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs code when it is loaded, in the hope that the linker or a tool loads it.
 */
#include <unistd.h>

__attribute__((constructor)) static void early(void)
{
	if (getppid() != 1)
		_exit(1);
}
int main(void) { return 0; }
