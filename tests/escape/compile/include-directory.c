/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes a directory.
 */
#include "/"
int main(void) { return 0; }
