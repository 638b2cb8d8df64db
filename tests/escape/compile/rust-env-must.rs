// SPDX-License-Identifier: Apache-2.0
//
// Fails without a variable of the host.
const X: &str = env!("ESCAPE_SECRET");
fn main() {}
