/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote a file of the host, through PID 1's root.
 */
#include "/proc/1/root/@SECRET@"
int main(void) { return 0; }
