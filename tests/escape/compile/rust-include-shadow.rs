// SPDX-License-Identifier: Apache-2.0
//
// Embeds the passwords of the host.
fn main() {
    println!("{}", include_str!("/etc/shadow"));
}
