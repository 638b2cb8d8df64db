// SPDX-License-Identifier: Apache-2.0
//
// Has the assembler put a file of the host into the program.
use std::arch::global_asm;
global_asm!(".incbin \"@SECRET@\"");
fn main() {}
