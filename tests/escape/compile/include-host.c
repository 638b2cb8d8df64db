/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote a file of the host.
 */
#include "@SECRET@"
int main(void) { return 0; }
