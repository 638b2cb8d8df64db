// SPDX-License-Identifier: Apache-2.0
//
// Embeds the environment of the compiler.
fn main() {
    println!("{:?} {:?}", option_env!("ESCAPE_SECRET"), option_env!("PATH"));
}
