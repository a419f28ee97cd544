import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { FleetError } from "@fleetlog/domain";
import { PROBLEM_MEDIA_TYPE } from "@fleetlog/protocol";
import { problemOf } from "../http/problems.ts";
import { seconds } from "./retry-after.ts";

/** Answers an upgrade request with a problem (RFC 9457) instead, and closes the connection. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: FleetError): void {
  if (socket.destroyed) return;
  const problem = problemOf(error, { url: request.url ?? "/", id: randomUUID() });
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
    "connection: close",
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  if (problem.status === 401) {
    lines.push(
      'www-authenticate: Basic realm="fleetlog", charset="UTF-8"',
      'www-authenticate: Bearer realm="fleetlog"',
    );
  }
  // RFC 6455, 4.4: a client of another version learns which ones there are.
  if (error.field === "sec-websocket-version") lines.push("sec-websocket-version: 13, 8");
  if (error.retryAfterMs !== undefined) lines.push(`retry-after: ${seconds(error.retryAfterMs)}`);
  // A peer that keeps its half open after the answer would keep the socket.
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
