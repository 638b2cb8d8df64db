// SPDX-License-Identifier: Apache-2.0
//
// A macro that expands into itself twice.
macro_rules! m { ($($t:tt)*) => { m!($($t)* x); m!($($t)* y); } }
m!();
fn main() {}
