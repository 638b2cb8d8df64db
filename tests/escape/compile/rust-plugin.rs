// SPDX-License-Identifier: Apache-2.0
//
// Asks for a compiler plugin.
#![feature(plugin, link_args)]
#![plugin(secret)]
fn main() {}
