/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the command line of PID 1.
 */
#include "/proc/1/cmdline"
int main(void) { return 0; }
