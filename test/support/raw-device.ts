import type { MqttTestEndpoint } from "./mqtt-endpoint.ts";
import { type ConnectFields, connackOf, connect, type Level, RawMqtt, type Received } from "./raw-mqtt.ts";

export interface RawDevice {
  readonly peer: RawMqtt;
  readonly connack: Received;
  readonly sessionPresent: boolean;
}

export async function rawDevice(
  node: MqttTestEndpoint,
  device: string,
  token: string,
  fields: Omit<ConnectFields, "level"> & { readonly level?: Level } = {},
): Promise<RawDevice> {
  const peer = new RawMqtt(node.port);
  peer.send(connect({ clientId: device, userName: device, password: token, ...fields }));
  const connack = await peer.next();
  const { code, sessionPresent } = connackOf(connack);
  if (code !== 0) throw new Error(`refused with ${code}`);
  return { peer, connack, sessionPresent };
}
