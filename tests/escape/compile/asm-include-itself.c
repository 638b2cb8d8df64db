/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler include the source for ever.
 */
__asm__(".include \"main.c\"");
int main(void) { return 0; }
