/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes itself twice for ever: two to the power of two hundred times.
 */
#include __FILE__
#include __FILE__
int main(void) { return 0; }
