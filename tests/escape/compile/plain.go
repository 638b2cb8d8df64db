// SPDX-License-Identifier: Apache-2.0
//
// Does nothing: other files beside it are the attack.
package main

func main() {}
