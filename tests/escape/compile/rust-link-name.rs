// SPDX-License-Identifier: Apache-2.0
//
// Gives the linker options in the name of a library.
#[link(name = "c -T @SECRET@")]
extern "C" {}
#[link(name = ":../../etc/passwd", kind = "dylib")]
extern "C" {}
fn main() {}
