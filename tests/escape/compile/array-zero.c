/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of 64 TiB that is zero: nothing in the object file, all at run time.
 */
char huge[1UL << 46];

int main(void)
{
	for (unsigned long i = 0; i < sizeof(huge); i += 4096)
		huge[i] = 1;
	return 0;
}
