/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes the standard input of the compiler, which is empty.
 */
#include "/dev/stdin"
int main(void) { return 0; }
