/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote a key of the host.
 */
#include "/root/.ssh/id_ed25519"
int main(void) { return 0; }
