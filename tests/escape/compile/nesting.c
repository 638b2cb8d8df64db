/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten million open brackets: the parser is recursive.
 */
#define A ((((((((((
#define B A A A A A A A A A A
#define C B B B B B B B B B B
#define D C C C C C C C C C C
#define E D D D D D D D D D D
#define F E E E E E E E E E E
#define G F F F F F F F F F F
int x = G 1;
int main(void) { return 0; }
