import { MQTT_PATH } from "@fleetlog/protocol";
import { systemClock } from "@fleetlog/runtime";
import type { Clock } from "../clock.ts";
import { DEFAULT_AGENT_LIMITS } from "../limits.ts";
import { mqttTransport } from "./mqtt.ts";
import type { Address, TransportOptions } from "./options.ts";
import type { Transport } from "./transport.ts";
import { websocketTransport } from "./websocket.ts";

/** @throws TypeError for a URL that can't be used */
export function transportTo(
  { url, device, token, tls, identity, proxy, mqttVersion = 5 }: Address,
  limits: Pick<TransportOptions, "connectTimeoutMs" | "callTimeoutMs" | "heartbeatMs"> = DEFAULT_AGENT_LIMITS,
  clock: Clock = systemClock,
): Transport {
  const { connectTimeoutMs, callTimeoutMs, heartbeatMs } = limits;
  const credentials = { ...(token === undefined ? {} : { token }), ...(tls === undefined ? {} : { tls }) };
  const more = { ...(identity && { identity }), ...(proxy && { proxy }) };
  return transportFor({
    url,
    device,
    mqttVersion,
    ...credentials,
    ...more,
    clock,
    connectTimeoutMs,
    callTimeoutMs,
    heartbeatMs,
  });
}

function transportFor(options: TransportOptions): Transport {
  const { protocol, pathname } = new URL(options.url);
  switch (protocol) {
    case "mqtt:":
    case "mqtts:":
      return mqttTransport(options);
    case "ws:":
    case "wss:":
      return pathname === MQTT_PATH ? mqttTransport(options) : websocketTransport(options);
    default:
      throw new TypeError(`can't connect to ${protocol}//: use ws, wss, mqtt or mqtts`);
  }
}
