/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the expected output as the origin of a line with an error.
 */
#line 1 "@ANSWER@"
int x = y;
int main(void) { return 0; }
