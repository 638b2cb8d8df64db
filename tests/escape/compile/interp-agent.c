/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the executable of PID 1 as its program interpreter.
 */
const char interp[] __attribute__((section(".interp"))) = "/proc/1/exe";
int main(void) { return 0; }
