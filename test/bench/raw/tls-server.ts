import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";

// A TLS server that only answers: shows Node's own memory for each connection.
const { TLS_CERT = "", TLS_KEY = "" } = process.env;
const server = createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY), noDelay: true }, (socket) => {
  socket.on("data", () => socket.write("x"));
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => {
  process.send?.({ type: "ready", port: (server.address() as AddressInfo).port });
});
