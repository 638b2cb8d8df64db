/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the passwords as the origin of a line with an error.
 */
#line 1 "/etc/shadow"
int x = y;
int main(void) { return 0; }
