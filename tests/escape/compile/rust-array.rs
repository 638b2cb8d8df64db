// SPDX-License-Identifier: Apache-2.0
//
// An array of 64 GiB that is not zero.
static X: [u8; 1 << 36] = [7; 1 << 36];
fn main() {
    println!("{}", X[9]);
}
