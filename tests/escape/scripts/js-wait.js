// SPDX-License-Identifier: Apache-2.0
//
// Waits for ever without the CPU.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
