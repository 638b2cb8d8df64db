// SPDX-License-Identifier: Apache-2.0
//
// Embeds a file of the host.
package main

import _ "embed"

//go:embed @SECRET@
var secret string

func main() { println(secret) }
