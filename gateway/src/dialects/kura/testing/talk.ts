import { setImmediate as turn } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { DeviceReports } from "../../../sessions/index.ts";
import { Dialects } from "../../dialects.ts";
import type { MqttMessage } from "../../mqtt-dialect.ts";
import { kura } from "../index.ts";
import { decodePayload } from "../payload/codec.ts";
import { FakeConnection, type GivenMetric, payloadOf } from "./device.ts";

const names = { by: "names", clientId: "gw-1", userName: "u", password: "p" } as const;
export const device = { device: "acme:gw-1", dialect: "kura", login: "gw-1", account: "acme", credential: names };
export const REPLY = "$EDC/acme/fleetlog";

/** One connection of the device `gw-1` of the account `acme`. */
export class Talk {
  readonly dialect = new Dialects([kura]).mqttOf(device);
  readonly connection = new FakeConnection();
  readonly conversation = this.dialect.converse(device, this.connection);

  /** What the gateway reads in a message of the device. */
  receive(topic: string, metrics: Readonly<Record<string, GivenMetric>> = {}, body?: string): DeviceReports {
    const found = this.dialect.publishTopics.find(topic, this.conversation.names);
    if (found === undefined) throw new FleetError("forbidden", "no such topic");
    return found.read(payloadOf(metrics, body), topic, this.conversation);
  }

  send(name: string, params: unknown = null, { deliveries = 0, id = "c1" } = {}): MqttMessage | undefined {
    return this.conversation.command({ id, name, params, deadline: "2026-01-01T00:00:00Z" }, deliveries);
  }

  async reported(): Promise<readonly DeviceReports[]> {
    await turn();
    return this.connection.reported;
  }
}

/** What a device reads in a message. */
export function sent(message: MqttMessage | undefined) {
  if (message === undefined) throw new Error("nothing was sent");
  const { metrics, body, timestamp } = decodePayload(Buffer.from(message.payload));
  const values = Object.fromEntries([...metrics].map(([name, { value }]) => [name, value]));
  return { topic: message.topic, values, timestamp, body: body && Buffer.from(body).toString() };
}

export const result = (value: object) => ({ kind: "command-result", result: { id: "c1", ...value } });
export const failed = (code: string, message: unknown) => result({ ok: false, error: { code, message } });
