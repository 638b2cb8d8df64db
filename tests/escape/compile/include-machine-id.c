/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the identity of the host.
 */
#include "/etc/machine-id"
int main(void) { return 0; }
