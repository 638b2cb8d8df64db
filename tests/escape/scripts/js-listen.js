// SPDX-License-Identifier: Apache-2.0
//
// Serves the network.
require("net").createServer().listen(0, () => process.exit(0)).on("error", () => process.exit(77));
