/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of 8 GiB that is not zero: as much in the object file.
 */
char huge[1UL << 33] = {1};
int main(void) { return 0; }
