/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes noise without an end.
 */
#include "/dev/urandom"
int main(void) { return 0; }
