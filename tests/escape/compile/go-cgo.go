// SPDX-License-Identifier: Apache-2.0
//
// Runs the C compiler with options of its own.
package main

/*
#cgo CFLAGS: -fplugin=./main.go -include @SECRET@
#cgo LDFLAGS: -T @SECRET@
#include "@SECRET@"
*/
import "C"

func main() { C.puts(nil) }
