// SPDX-License-Identifier: Apache-2.0
//
// Imports a package from the network.
package main

import _ "example.com/secret"

func main() {}
