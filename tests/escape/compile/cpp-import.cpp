/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports a file of the host as a header unit.
 */
import "@SECRET@";
module;
export module x;
int main() { return 0; }
