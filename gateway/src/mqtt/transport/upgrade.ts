import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { invalid } from "@fleetlog/domain";
import { type WebSocket, WebSocketServer } from "ws";
import { refuseUpgrade } from "../../net/refusing/upgrade-refusal.ts";
import { serverOptions } from "../../net/websocket-options.ts";

/** [MQTT-6.0.0-3] MQTT 3.1 clients used `mqttv3.1` before the standard. */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"] as const;

export type Upgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  accept: (websocket: WebSocket) => void,
) => void;

/**
 * A message may be as large as this many packets of the maximum size, because browsers put several packets into one.
 */
const PACKETS_IN_A_MESSAGE = 2;

/** @param payloadBytes maximum of a packet */
export function upgradeToMqtt(payloadBytes: number): Upgrade {
  const server = new WebSocketServer({
    ...serverOptions(payloadBytes * PACKETS_IN_A_MESSAGE),
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  return (request, socket, head, accept) => {
    // [MQTT-6.0.0-3] `ws` would accept a handshake without subprotocol.
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (!SUBPROTOCOLS.some((name) => offered.includes(name))) {
      socket.on("error", () => socket.destroy());
      const field = "sec-websocket-protocol";
      refuseUpgrade(request, socket, invalid(field, `${field} must name one of ${SUBPROTOCOLS.join(", ")}`));
      return;
    }
    server.handleUpgrade(request, socket, head, accept);
  };
}
