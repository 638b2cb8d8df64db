/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler put the users into the program: it prints the sandbox's own.
 */
#include <stdio.h>

extern const char data[];
__asm__(".section .rodata\ndata: .incbin \"/etc/passwd\"\n.byte 0\n.previous");

int main(void)
{
	puts(data);
	return 0;
}
