/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the passwords of the host.
 */
#include "/etc/shadow"
int main(void) { return 0; }
