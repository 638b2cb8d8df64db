// SPDX-License-Identifier: Apache-2.0
//
// Gives a path as the name of the crate.
#![crate_name = "../../etc/x"]
fn main() {}
