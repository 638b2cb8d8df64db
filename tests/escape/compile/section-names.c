/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts code into the sections that the dynamic linker reads.
 */
__attribute__((section(".dynamic"))) long d[64] = {1, 1, 15, 2, 29, 3};
__attribute__((section(".note.gnu.property"))) long n[8] = {-1, -1};
int main(void) { return 0; }
