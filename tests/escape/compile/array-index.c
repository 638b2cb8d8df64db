/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An initializer far beyond the end of what a file can hold.
 */
char huge[] = {[0x3fffffffffff] = 1};
int main(void) { return 0; }
