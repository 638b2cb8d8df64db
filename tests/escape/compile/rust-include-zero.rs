// SPDX-License-Identifier: Apache-2.0
//
// Embeds a file without an end.
static X: &[u8] = include_bytes!("/dev/zero");
fn main() {
    println!("{}", X.len());
}
