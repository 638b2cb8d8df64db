/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote its environment: only that of the policy is there.
 */
#include "/proc/self/environ"
int main(void) { return 0; }
