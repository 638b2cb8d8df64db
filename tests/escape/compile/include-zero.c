/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes a file without an end: the compiler reads until its memory is over.
 */
#include "/dev/zero"
int main(void) { return 0; }
