/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote a file of the host, through its own directory.
 */
#include "/proc/self/cwd/../../../@SECRET@"
int main(void) { return 0; }
