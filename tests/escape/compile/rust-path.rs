// SPDX-License-Identifier: Apache-2.0
//
// Takes a file of the host as a module, so that the error quotes it.
#[path = "@SECRET@"]
mod secret;
fn main() {}
