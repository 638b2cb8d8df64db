// SPDX-License-Identifier: Apache-2.0
//
// A number of a thousand million digits.
package main

const a = 1 << 500
const b = a * a * a * a * a * a * a * a
const c = b * b * b * b * b * b * b * b
const d = c * c * c * c * c * c * c * c

func main() { println(d >> 100 & 1) }
