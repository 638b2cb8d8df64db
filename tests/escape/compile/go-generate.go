// SPDX-License-Identifier: Apache-2.0
//
// Gives the toolchain a command to run.
package main

//go:generate sh -c "cat @SECRET@ > generated.go"

func main() {}
