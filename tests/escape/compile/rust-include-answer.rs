// SPDX-License-Identifier: Apache-2.0
//
// Embeds the expected output.
fn main() {
    println!("{}", include_str!("@ANSWER@"));
}
