/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names a file of the host as the origin of a line with an error.
 */
#line 1 "@SECRET@"
int x = y;
int main() { return 0; }
