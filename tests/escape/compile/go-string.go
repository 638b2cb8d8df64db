// SPDX-License-Identifier: Apache-2.0
//
// A string that is put together to a terabyte.
package main

const a = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
const b = a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
const c = b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b
const d = c + c + c + c + c + c + c + c + c + c + c + c + c + c + c + c
const e = d + d + d + d + d + d + d + d + d + d + d + d + d + d + d + d
const f = e + e + e + e + e + e + e + e + e + e + e + e + e + e + e + e
const g = f + f + f + f + f + f + f + f + f + f + f + f + f + f + f + f
const h = g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g
const i = h + h + h + h + h + h + h + h + h + h + h + h + h + h + h + h

func main() { println(i) }
