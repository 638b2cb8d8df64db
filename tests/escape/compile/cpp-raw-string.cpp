/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A string that would hold a header of the host.
 */
const char *s = R"(
#include "@SECRET@"
)";
#include <cstdio>
int main() { std::puts(s); return 0; }
