/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop that the optimizer is told to unroll.
 */
int f(volatile int *p)
{
#pragma GCC unroll 8192
	for (int i = 0; i < 8192; i++)
		*p += i;
	return 0;
}
int main(void) { return 0; }
