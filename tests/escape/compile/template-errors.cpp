/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An error whose text is exponentially long.
 */
template <class A, class B> struct p {};
template <int n> struct f { typedef p<typename f<n - 1>::t, typename f<n - 1>::t> t; };
template <> struct f<0> { typedef int t; };
int x = f<40>::t();
int main() { return 0; }
