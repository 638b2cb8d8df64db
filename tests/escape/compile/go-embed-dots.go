// SPDX-License-Identifier: Apache-2.0
//
// Embeds a file above its own directory.
package main

import _ "embed"

//go:embed ../../etc/passwd
var secret string

func main() { println(secret) }
