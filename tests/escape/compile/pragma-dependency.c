/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks whether a file of the host is newer than the source.
 */
#pragma GCC dependency "@SECRET@" found
#pragma GCC dependency "/etc/shadow"
int main(void) { return 0; }
