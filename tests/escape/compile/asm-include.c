/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the assembler read a file of the host as assembly and complain about each line.
 */
__asm__(".include \"@SECRET@\"");
int main(void) { return 0; }
