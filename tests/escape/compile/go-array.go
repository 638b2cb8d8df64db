// SPDX-License-Identifier: Apache-2.0
//
// An array of a petabyte.
package main

var x [1 << 50]byte

func main() { println(len(x)) }
