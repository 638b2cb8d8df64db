// SPDX-License-Identifier: Apache-2.0
//
// Raises the compiler's own limit and recurs until its stack is over.
#![recursion_limit = "100000000"]
macro_rules! m { () => { m!() } }
fn main() {
    m!();
}
