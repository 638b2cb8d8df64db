/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler expand loops within loops.
 */
__asm__(".macro a n\n.if \\n\na \"(\\n-1)\"\na \"(\\n-1)\"\n.endif\n.endm\na 64");
int main(void) { return 0; }
