// SPDX-License-Identifier: Apache-2.0
//
// Sends a datagram to the host.
const s = require("dgram").createSocket("udp4");
s.on("error", () => process.exit(77));
s.send("x", Number(process.env.ESCAPE_PORT), "127.0.0.1", (e) => process.exit(e ? 77 : 0));
