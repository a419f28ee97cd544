import { expect, it } from "vitest";
import { Flusher } from "./flow/flusher.ts";
import { Output } from "./output.ts";
import { clientOf } from "./session/client.ts";
import type { Transport } from "./transport/transport.ts";
import { MqttFault, REASON } from "./wire/reasons.ts";

function refusalOf(reason: number): Buffer {
  const written: Buffer[] = [];
  const output = new Output(new Flusher(), { outputFull() {} });
  output.transport = { write: (bytes: Buffer) => written.push(bytes) > 0 } as unknown as Transport;
  output.refuse(new MqttFault(reason, "no"), clientOf({ cmd: "connect", clientId: "d1" }, 4));
  output.flush();
  return Buffer.concat(written);
}

it.each([
  ["a device that exists already", REASON.implementationSpecific, [0x20, 2, 0, 5]],
  ["a wrong password", REASON.badCredentials, [0x20, 2, 0, 4]],
  ["a malformed packet", REASON.malformed, []],
  ["an internal error", REASON.unspecified, []],
] as const)(
  "the output refuses a log-in of MQTT 3.1.1 by CONNACK if there is a return code for %s",
  (_, reason, bytes) => {
    expect([...refusalOf(reason)]).toEqual(bytes);
  },
);
