/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler put a file of the host into the program, which prints it.
 */
#include <stdio.h>

extern const char data[];
__asm__(".section .rodata\ndata: .incbin \"@SECRET@\"\n.byte 0\n.previous");

int main(void)
{
	puts(data);
	return 0;
}
