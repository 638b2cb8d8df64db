/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the memory of the compiler from address 0.
 */
#include "/proc/self/mem"
int main(void) { return 0; }
