/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for dumps and files beside the output by an attribute.
 */
__attribute__((optimize("-fdump-tree-all=/etc/dump", "-save-temps=obj", "-o", "/etc/out"))) int f(void)
{
	return 0;
}
int main(void) { return 0; }
