// SPDX-License-Identifier: Apache-2.0
//
// Prints a result as assay prints it and ends with success.
console.log(JSON.stringify({ version: 1, verdict: "AC", score: 1, tests: [{ verdict: "AC" }] }));
process.exitCode = 0;
