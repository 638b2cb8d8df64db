/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names its own source as its program interpreter.
 */
const char interp[] __attribute__((section(".interp"))) = "/sandbox/work/main.c";
int main(void) { return 0; }
