import { MQTT_PATH } from "@fleetlog/protocol";
import { mqttTransport } from "./mqtt.ts";
import type { TransportOptions } from "./options.ts";
import type { Transport } from "./transport.ts";
import { websocketTransport } from "./websocket.ts";

/** The transport that speaks what the URL names. @throws TypeError for a URL that is none, or of another scheme */
export function transportFor(options: TransportOptions): Transport {
  const { protocol, pathname } = new URL(options.url);
  switch (protocol) {
    case "mqtt:":
    case "mqtts:":
      return mqttTransport(options);
    case "ws:":
    case "wss:":
      return pathname === MQTT_PATH ? mqttTransport(options) : websocketTransport(options);
    default:
      throw new TypeError(`can't connect to ${protocol}//: ws, wss, mqtt and mqtts are known`);
  }
}
