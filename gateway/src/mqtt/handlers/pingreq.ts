import type { IPingreqPacket } from "mqtt-packet";
import { PINGRESP } from "../wire/encode.ts";
import type { OpenConnection } from "./handler.ts";
import { throttle } from "./throttle.ts";

/** [MQTT-3.12.4-1] */
export function handlePingreq(connection: OpenConnection, _packet: IPingreqPacket): undefined {
  connection.output.send(PINGRESP);
  throttle(connection, 1, 0);
}
