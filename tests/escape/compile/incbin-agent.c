/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler put PID 1's environment into the program.
 */
#include <stdio.h>

extern const char data[];
__asm__(".section .rodata\ndata: .incbin \"/proc/1/environ\"\n.byte 0\n.previous");

int main(void)
{
	puts(data);
	return 0;
}
