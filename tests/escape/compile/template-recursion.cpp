/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates that instantiate each other for ever.
 */
template <int n> struct f { enum { value = f<n + 1>::value }; };
int x = f<0>::value;
int main() { return 0; }
