/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler repeat a line a thousand million times.
 */
__asm__(".rept 1000000000\n.long 1,2,3,4,5,6,7,8\n.endr");
int main(void) { return 0; }
