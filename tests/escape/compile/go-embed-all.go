// SPDX-License-Identifier: Apache-2.0
//
// Embeds all of its own directory.
package main

import "embed"

//go:embed all:*
var files embed.FS

func main() { _, _ = files.ReadDir(".") }
