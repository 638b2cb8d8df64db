/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two to the power of five hundred different instances.
 */
template <int n, unsigned long path> struct f {
	f<n - 1, path * 2> a;
	f<n - 1, path * 2 + 1> b;
};
template <unsigned long path> struct f<0, path> {};
f<60, 1> x;
int main() { return 0; }
