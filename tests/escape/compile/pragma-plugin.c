/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for a plugin, an optimization level and a target by pragma and attribute; the file of the plugin is its own source.
 */
#pragma GCC plugin "./main.c"
#pragma GCC optimize("-fplugin=./main.c")
#pragma GCC target("arch=../../etc/passwd")
#pragma GCC pch_preprocess "@SECRET@"
int main(void) { return 0; }
