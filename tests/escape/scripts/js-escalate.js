// SPDX-License-Identifier: Apache-2.0
//
// Becomes another user by every call that Node has.
for (const f of [() => process.setuid(0), () => process.setgid(0), () => process.setgroups([0]), () => process.initgroups("root", 0),
	() => require("os").setPriority(1, 19), () => require("fs").chownSync("/usr/bin/node", 1000, 1000)]) {
	try {
		f();
		process.exit(0);
	} catch (e) {
		// the next one
	}
}
process.exit(77);
