// SPDX-License-Identifier: Apache-2.0
//
// Takes all memory outside of its heap.
const kept = [];
for (;;) kept.push(Buffer.alloc(8 << 20, 1));
