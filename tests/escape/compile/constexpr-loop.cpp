/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A constant that takes for ever to compute.
 */
constexpr int f() { for (;;) ; return 0; }
constexpr int x = f();
int main() { return 0; }
