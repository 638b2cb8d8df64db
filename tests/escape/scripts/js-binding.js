// SPDX-License-Identifier: Apache-2.0
//
// Opens files of the host through the bindings beneath the library.
let won = false;
for (const name of ["fs", "spawn_sync", "process_wrap"]) {
	try {
		const binding = process.binding(name);
		const fd = binding.open && binding.open("/etc/shadow", 0, 0o666, undefined, { errno: 0 });
		won = won || fd > 2;
	} catch (e) {
		// the next one
	}
}
process.exit(won ? 0 : 77);
