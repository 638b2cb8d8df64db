/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes what the compiler may have inherited.
 */
#include "/proc/self/fd/3"
int main(void) { return 0; }
