// SPDX-License-Identifier: Apache-2.0
//
// Loads a library of its own making.
try {
	require("fs").writeFileSync("/tmp/x.node", "\x7fELF");
	process.dlopen({ exports: {} }, "/tmp/x.node");
	process.exit(0);
} catch (e) {
	process.exit(77);
}
