import { registerBoard } from "../libpyiotcloud.ts";
import type { DialectKind } from "./device.ts";
import { connectMqtt } from "./mqtt.ts";

const CALL = "write_uart";

/** A board of libpyiotcloud with its certificate. It writes to its serial line, so no call may come twice. */
export const libpyiotcloud: DialectKind = {
  dialect: "libpyiotcloud",
  env: { FLEETLOG_TLS: "auto", FLEETLOG_HTTPS_PORT: "0", FLEETLOG_MQTTS_PORT: "0" },
  async register(api, name) {
    const { id, ca, certificate: cert, key } = await registerBoard(api, { name });
    return {
      id,
      command: CALL,
      // An api has one call at a time.
      commandOf: (number) => `${CALL}_${number}`,
      paramsOf: (number, padding = "") => ({ value: `${number} ${padding}` }),
      connect: ({ process }, subscribes) =>
        connectMqtt({
          url: `mqtts://127.0.0.1:${process.ready.mqttsPort}`,
          client: { clientId: id, username: "guest", password: "guest", ca, cert, key },
          filter: `${id}/#`,
          subscribes,
          qos: 1,
          read(topic, payload) {
            if (!topic.startsWith(`${id}/${CALL}`)) return undefined;
            const { value } = JSON.parse(payload.toString()) as { readonly value: string };
            const number = Number.parseInt(value, 10);
            return { number, answer: { topic: `server/${topic}`, payload: JSON.stringify({ value: String(number) }) } };
          },
        }),
    };
  },
};
