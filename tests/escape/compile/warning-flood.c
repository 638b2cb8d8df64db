/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a quarter of a million warnings.
 */
#if __INCLUDE_LEVEL__ < 18
#warning flood flood flood flood flood flood flood
#include __FILE__
#include __FILE__
#else
extern int x;
#endif
#if __INCLUDE_LEVEL__ == 0
int main(void) { return 0; }
#endif
