/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler expand a macro within itself.
 */
__asm__(".macro m\nm\nm\n.endm\nm");
int main(void) { return 0; }
