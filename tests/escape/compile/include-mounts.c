/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the mounts, whose sources are paths of the host.
 */
#include "/proc/self/mountinfo"
int main(void) { return 0; }
