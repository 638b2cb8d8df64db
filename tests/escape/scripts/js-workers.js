// SPDX-License-Identifier: Apache-2.0
//
// Starts threads without an end.
const { Worker } = require("worker_threads");
for (let i = 0; i < 1000; i++)
	new Worker("setInterval(() => {}, 1000)", { eval: true }).on("error", () => process.exit(77));
