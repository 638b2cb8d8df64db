// SPDX-License-Identifier: Apache-2.0
//
// Embeds a file of the host.
fn main() {
    println!("{}", include_str!("@SECRET@"));
}
