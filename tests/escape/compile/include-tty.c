/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes a terminal, to wait for its user for ever.
 */
#include "/dev/tty"
int main(void) { return 0; }
