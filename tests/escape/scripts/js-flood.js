// SPDX-License-Identifier: Apache-2.0
//
// Floods its output.
const fs = require("fs");
for (;;) fs.writeSync(1, "x".repeat(65536));
