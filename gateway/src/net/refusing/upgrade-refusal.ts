import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FleetError } from "@fleetlog/domain";
import { problemOf } from "./problem.ts";
import { answerRaw } from "./raw-problem.ts";
import { seconds } from "./retry-after.ts";

/** Refuses an upgrade with a problem (RFC 9457), and closes the connection. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: FleetError): void {
  const headers: (readonly [string, string])[] = [];
  if (error.code === "unauthenticated") {
    headers.push(["www-authenticate", 'Basic realm="fleetlog", charset="UTF-8"']);
    headers.push(["www-authenticate", 'Bearer realm="fleetlog"']);
  }
  // RFC 6455, 4.4: a refusal of the version lists the supported versions.
  if (error.field === "sec-websocket-version") headers.push(["sec-websocket-version", "13, 8"]);
  if (error.retryAfterMs !== undefined) headers.push(["retry-after", String(seconds(error.retryAfterMs))]);
  answerRaw(socket, problemOf(error, { url: request.url ?? "/", id: randomUUID() }), headers);
}
