// SPDX-License-Identifier: Apache-2.0
//
// Gives the linker options by directives that cgo alone may write.
package main

//go:cgo_ldflag "-T@SECRET@"
//go:cgo_import_dynamic _ _ "@SECRET@"
func main() {}
