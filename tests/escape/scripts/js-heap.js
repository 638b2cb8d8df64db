// SPDX-License-Identifier: Apache-2.0
//
// Takes all memory of its heap.
const kept = [];
for (;;) kept.push(new Array(1 << 16).fill(0.5));
