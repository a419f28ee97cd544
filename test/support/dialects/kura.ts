import { decodeKuraPayload, encodeKuraPayload } from "@fleetlog/simulators";
import type { DialectKind } from "./device.ts";
import { connectMqtt } from "./mqtt.ts";

const ACCOUNT = "plant";
const LONGEST_ARGUMENT = 4_096;

/** A gateway with Kura that runs programs, so no command may come twice. */
export const kura: DialectKind = {
  dialect: "kura",
  env: {},
  async register(api, clientId) {
    const login = { account: ACCOUNT, clientId, userName: `${clientId}-user`, password: "secret" };
    const { status } = await api.call("POST", "/api/devices", { dialect: "kura", login });
    if (status !== 201) throw new Error(`registering ${clientId} answered ${status}`);
    return {
      id: `${ACCOUNT}:${clientId}`,
      command: "exec",
      paramsOf: (number, padding = "") => ({ command: "echo", arguments: [String(number), ...pieces(padding)] }),
      connect: ({ mqttPort }, subscribes) =>
        connectMqtt({
          url: `mqtt://127.0.0.1:${mqttPort}`,
          client: { clientId, username: login.userName, password: login.password },
          filter: `$EDC/${ACCOUNT}/${clientId}/#`,
          subscribes,
          // Stock devices reply with QoS 0.
          qos: 0,
          read(_topic, payload) {
            const { metrics } = decodeKuraPayload(payload);
            const { "request.id": request, "requester.client.id": requester, "command.argument0": number } = metrics;
            if (number === undefined) return undefined;
            const reply = { "response.code": 200, "command.exit.code": 0, "command.stdout": `${number}\n` };
            return {
              number: Number(number),
              answer: {
                topic: `$EDC/${ACCOUNT}/${requester}/CMD-V1/REPLY/${request}`,
                payload: encodeKuraPayload({ metrics: reply }),
              },
            };
          },
        }),
    };
  },
};

function pieces(text: string): string[] {
  const all: string[] = [];
  for (let at = 0; at < text.length; at += LONGEST_ARGUMENT) all.push(text.slice(at, at + LONGEST_ARGUMENT));
  return all;
}
