/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the expected output.
 */
#include "@ANSWER@"
int main(void) { return 0; }
