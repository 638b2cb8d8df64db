/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote a file of the host, by a path with dots.
 */
#include "../../../../../../../../@SECRET@"
int main(void) { return 0; }
