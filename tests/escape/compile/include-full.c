/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes zeros without an end, by another device.
 */
#include "/dev/full"
int main(void) { return 0; }
