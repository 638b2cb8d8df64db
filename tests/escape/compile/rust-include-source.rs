// SPDX-License-Identifier: Apache-2.0
//
// Reads a file as source, so that the error quotes it.
include!("/etc/passwd");
fn main() {}
