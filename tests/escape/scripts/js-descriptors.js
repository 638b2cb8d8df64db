// SPDX-License-Identifier: Apache-2.0
//
// Writes to every descriptor that it may have inherited.
const fs = require("fs");
let won = 0;
for (let fd = 3; fd < 64; fd++) {
	try {
		const link = fs.readlinkSync(`/proc/self/fd/${fd}`);
		if (!/anon_inode|pipe|socket|main\.js|js-desc|\/proc\/|\/dev\/null/.test(link)) won++;
	} catch (e) {
		// none
	}
}
process.exit(won ? 0 : 77);
