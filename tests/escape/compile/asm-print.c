/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler print without an end.
 */
__asm__(".rept 10000000\n.print \"flood flood flood flood flood\"\n.endr");
int main(void) { return 0; }
