/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the environment of PID 1.
 */
#include "/proc/1/environ"
int main(void) { return 0; }
