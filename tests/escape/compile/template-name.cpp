/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A type whose name is exponentially long.
 */
template <class A, class B> struct p {};
template <int n> struct f { typedef p<typename f<n - 1>::t, typename f<n - 1>::t> t; };
template <> struct f<0> { typedef int t; };
template <class T> void g(T) {}
int main() { g(f<40>::t()); return 0; }
