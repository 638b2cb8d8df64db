/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes itself for ever.
 */
#include __FILE__
int main(void) { return 0; }
