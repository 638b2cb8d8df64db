// SPDX-License-Identifier: Apache-2.0
//
// A type that grows with each instance.
fn f<T>(n: u64, t: T) -> u64 {
    if n == 0 { 0 } else { f(n - 1, (t, 1u8)) }
}
fn main() {
    println!("{}", f(9, ()));
}
