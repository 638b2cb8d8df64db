// SPDX-License-Identifier: Apache-2.0
//
// Declares itself a procedural macro, which compilers load and run.
#![crate_type = "proc-macro"]
extern crate proc_macro;
use proc_macro::TokenStream;
#[proc_macro]
pub fn run(_: TokenStream) -> TokenStream {
    panic!("{:?}", std::fs::read_to_string("@SECRET@"))
}
fn main() {}
