/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the memory of the compiler as the origin of a line with an error.
 */
#line 1 "/proc/self/mem"
int x = y;
int main(void) { return 0; }
