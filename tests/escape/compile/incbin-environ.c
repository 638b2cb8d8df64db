/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler put its environment into the program; the program prints what the policy says.
 */
#include <stdio.h>

extern const char data[];
__asm__(".section .rodata\ndata: .incbin \"/proc/self/environ\"\n.byte 0\n.previous");

int main(void)
{
	puts(data);
	return 0;
}
