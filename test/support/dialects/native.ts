import type { CommandMessage } from "@fleetlog/protocol";
import type { DialectKind } from "./device.ts";
import { connectMqtt } from "./mqtt.ts";

/** A native device on MQTT, for comparison with devices of other dialects. */
export const native: DialectKind = {
  dialect: "native",
  env: {},
  async register(api, id) {
    const password = await api.register(id);
    return {
      id,
      command: "count",
      paramsOf: (number, padding = "") => ({ number, padding }),
      connect: ({ mqttPort }) =>
        connectMqtt({
          url: `mqtt://127.0.0.1:${mqttPort}`,
          client: { clientId: id, username: id, password },
          filter: "me/command/+",
          qos: 1,
          read(topic, payload) {
            const { params } = JSON.parse(payload.toString()) as CommandMessage;
            const { number } = params as { readonly number: number };
            return { number, answer: { topic: `${topic}/result`, payload: '{"ok":true}' } };
          },
        }),
    };
  },
};
