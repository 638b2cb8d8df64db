// SPDX-License-Identifier: Apache-2.0
//
// Reads files of the host and of other processes.
const fs = require("fs");
for (const path of ["/etc/shadow", "/root/.bashrc", "/proc/1/environ", "/proc/1/mem", "/proc/1/root/etc/passwd", "/proc/kcore", "/sys/kernel/notes"]) {
	try {
		fs.readFileSync(path);
		process.exit(0);
	} catch (e) {
		// the next one
	}
}
process.exit(77);
