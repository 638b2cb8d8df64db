/* SPDX-License-Identifier: Apache-2.0 */
/* Does nothing: other files beside it are the attack. */
int main(void) { return 0; }
