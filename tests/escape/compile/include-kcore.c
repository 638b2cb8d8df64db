/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the memory of the kernel.
 */
#include "/proc/kcore"
int main(void) { return 0; }
