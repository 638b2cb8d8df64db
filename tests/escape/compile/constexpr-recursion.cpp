/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A constant that recurs for ever.
 */
constexpr int f(int n) { return f(n + 1) + 1; }
constexpr int x = f(0);
int main() { return 0; }
