// SPDX-License-Identifier: Apache-2.0
//
// Names a file of the host as the origin of a line with an error.
package main

//line @SECRET@:1
var x int = "y"
func main() {}
