// SPDX-License-Identifier: Apache-2.0
//
// Imports a directory of the host.
package main

import _ "/root"
import _ "../../etc"

func main() {}
