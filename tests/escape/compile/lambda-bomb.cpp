/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lambdas within generic lambdas, instantiated with each other.
 */
template <int n, class F> auto f(F g) { return f<n - 1>([=](auto x) { return g(g(x)); }); }
template <> auto f<0>(int) = delete;
int main() { return f<900>([](auto x) { return x; })(0); }
