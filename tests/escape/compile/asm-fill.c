/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler write an object of a terabyte.
 */
__asm__(".data\n.fill 0x1000000000, 8, 1\n.previous");
int main(void) { return 0; }
