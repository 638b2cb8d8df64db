// SPDX-License-Identifier: Apache-2.0
//
// Never returns to its event loop.
(function f() {
	Promise.resolve().then(f);
})();
