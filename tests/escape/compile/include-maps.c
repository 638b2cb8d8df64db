/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote its own address space.
 */
#include "/proc/self/maps"
int main(void) { return 0; }
