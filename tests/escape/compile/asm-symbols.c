/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler define millions of symbols.
 */
__asm__(".altmacro\n.macro s n\nsym_\\n: .byte 0\n.endm\n.set i, 0\n.rept 20000000\ns %i\n.set i, i + 1\n.endr");
int main(void) { return 0; }
