/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A constant that takes all memory to compute.
 */
constexpr int f() {
	int n = 0;
	for (int i = 0; i < 20000; i++) {
		int *p = new int[1000000]();
		n += p[i % 100000];
		if (n) delete[] p;
	}
	return n;
}
constexpr int x = f();
int main() { return 0; }
