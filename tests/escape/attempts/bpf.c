/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a map and a program into the kernel.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static unsigned int attr[32] = {2, 4, 4, 1};

	attempt_result(syscall(SYS_bpf, 0 /* BPF_MAP_CREATE */, attr, sizeof(attr)), "bpf");
}
