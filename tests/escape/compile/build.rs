// SPDX-License-Identifier: Apache-2.0
//
// A build script, which cargo would run and rustc does not.
fn main() {
    panic!("{:?}", std::fs::read_to_string("@SECRET@"))
}
