/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names a file without an end as the origin of a line with an error.
 */
#line 1 "/dev/zero"
int x = y;
int main(void) { return 0; }
