/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler put a file without an end into the program.
 */
#include <stdio.h>

extern const char data[];
__asm__(".section .rodata\ndata: .incbin \"/dev/zero\"\n.byte 0\n.previous");

int main(void)
{
	puts(data);
	return 0;
}
