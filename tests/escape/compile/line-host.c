/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names a file of the host as the origin of a line with an error, so that the compiler quotes it.
 */
#line 1 "@SECRET@"
int x = y;
int main(void) { return 0; }
