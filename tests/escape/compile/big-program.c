/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of 100 MiB: what the compile step leaves is more than the limits of small steps after it, the checker's among them.
 */
char huge[100 << 20] = {1};

int main(void)
{
	return huge[7];
}
