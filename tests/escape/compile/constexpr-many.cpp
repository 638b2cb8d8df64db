/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many constants, each within the limits of the compiler.
 */
template <int n> constexpr long f() { long s = n; for (int i = 0; i < 200000; i++) s += i; return s; }
template <int n> struct g { static constexpr long v = f<n>() + g<n - 1>::v; };
template <> struct g<0> { static constexpr long v = 0; };
long x = g<2000>::v;
int main() { return 0; }
