/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler skip a petabyte.
 */
__asm__(".data\n.org 0x4000000000000\n.byte 1\n.previous");
int main(void) { return 0; }
