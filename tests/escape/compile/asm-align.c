/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for an alignment of a terabyte.
 */
__asm__(".data\n.balign 0x10000000000\n.byte 1\n.previous");
int main(void) { return 0; }
