// SPDX-License-Identifier: Apache-2.0
//
// Takes functions of the runtime by name to make system calls.
package main

import _ "unsafe"

//go:linkname raw syscall.RawSyscall
func raw(a, b, c, d uintptr) (uintptr, uintptr, uintptr)

func main() { raw(165, 0, 0, 0) }
