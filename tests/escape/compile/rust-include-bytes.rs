// SPDX-License-Identifier: Apache-2.0
//
// Prints a file that it embeds when it is compiled: the own one of the sandbox.
fn main() {
    println!("{}", String::from_utf8_lossy(include_bytes!("/etc/passwd")));
}
