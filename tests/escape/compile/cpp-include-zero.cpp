/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes a file without an end.
 */
#include "/dev/zero"
int main() { return 0; }
