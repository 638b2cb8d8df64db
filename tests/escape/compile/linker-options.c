/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes what some linkers take as options into the object.
 */
__asm__(".section .drectve,\"yn\"\n.ascii \" -T @SECRET@ --plugin=./main.c\"\n.previous");
__asm__(".section .note.linker\n.ascii \"INPUT(@SECRET@)\"\n.previous");
int main(void) { return 0; }
