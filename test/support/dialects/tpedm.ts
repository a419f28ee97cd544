import type { DialectKind } from "./device.ts";
import { connectMqtt } from "./mqtt.ts";

const ID = "request-id";
const PATH = /^\/tags\/(\d+)$/;

/** A gateway of ThingsPro Edge. Its commands change something, so none may come twice. */
export const tpedm: DialectKind = {
  dialect: "tpedm",
  env: {},
  async register(api, id) {
    const login = { clientId: id, userName: "line-1", password: "correct-horse-battery" };
    const { status } = await api.call("POST", "/api/devices", { dialect: "tpedm", login });
    if (status !== 201) throw new Error(`registering ${id} answered ${status}`);
    return {
      id,
      command: "rest",
      paramsOf: (number, body = "") => ({ method: "PUT", path: `/tags/${number}`, body }),
      connect: ({ mqttPort }, subscribes) =>
        connectMqtt({
          url: `mqtt://127.0.0.1:${mqttPort}`,
          client: { clientId: id, username: login.userName, password: login.password },
          filter: `/tpedm/${id}/input`,
          subscribes,
          qos: 1,
          read(_topic, payload) {
            const { path, headers } = JSON.parse(payload.toString()) as Request;
            const number = PATH.exec(path)?.[1];
            if (number === undefined) return undefined;
            const request = headers.find((header) => ID in header)?.[ID];
            const text = JSON.stringify({ [ID]: request, state: 200, payload: { data: {} } });
            return { number: Number(number), answer: { topic: `/tpedm/${id}/output`, payload: text } };
          },
        }),
    };
  },
};

interface Request {
  readonly path: string;
  readonly headers: readonly Readonly<Record<string, string>>[];
}
