/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks whether a file of the host exists, and fails to compile if it does.
 */
#if __has_include("@SECRET@") || __has_include("@ANSWER@") || __has_include("/root/.bashrc")
#error found
#endif
int main(void) { return 0; }
