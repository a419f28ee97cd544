import type { IncomingHttpHeaders } from "node:http";
import { FleetError } from "@fleetlog/domain";

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSIONS = new Set(["13", "8"]);

/**
 * Checks a WebSocket handshake (RFC 6455, 4.2.1).
 * @throws FleetError `invalid-request` with the name of the invalid header, or `method`
 */
export function checkHandshake(method: string | undefined, headers: IncomingHttpHeaders): void {
  if (method !== "GET") throw wrong("method", "a WebSocket handshake is a GET request");
  if (headers.upgrade?.toLowerCase() !== "websocket") throw wrong("upgrade", "the Upgrade header is not websocket");
  if (!KEY.test(headers["sec-websocket-key"] ?? ""))
    throw wrong("sec-websocket-key", "the key is not 16 bytes in base64");
  if (!VERSIONS.has(headers["sec-websocket-version"] ?? "")) {
    throw wrong("sec-websocket-version", "the WebSocket version is neither 13 nor 8");
  }
}

function wrong(field: string, message: string): FleetError {
  return new FleetError("invalid-request", message, { field });
}
