import { RawWebSocket } from "../raw-websocket.ts";
import type { DialectKind } from "./device.ts";
import { unreadBytes } from "./unread.ts";

const EVENT = "reboot";
let addresses = 0;

/** An Edgebind program, at an address of its own. Its answer is that it closes the connection. */
export const edgebind: DialectKind = {
  dialect: "edgebind",
  oneByOne: true,
  env: { FLEETLOG_EDGEBIND_PORT: "0" },
  async register(api, id) {
    const address = `127.4.0.${++addresses}`;
    const { status } = await api.call("POST", "/api/devices", { id, dialect: "edgebind", address });
    if (status !== 201) throw new Error(`registering ${id} answered ${status}`);
    return {
      id,
      command: EVENT,
      paramsOf: (number, padding) => (padding === undefined ? [number] : [number, padding]),
      async connect({ process }) {
        const url = `ws://127.0.0.1:${process.ready.dialectPorts?.edgebind}`;
        const raw = await RawWebSocket.open(url, { localAddress: address });
        const received: number[] = [];
        raw.websocket.on("message", (data) => {
          const { notification, params = [] } = JSON.parse(data.toString()) as Frame;
          if (notification === EVENT) received.push(Number(params[0]));
        });
        raw.send({ jsonrpc: "2.0", method: "rpc.on", params: [EVENT], id: 1 });
        let answered = 0;
        return {
          received,
          closed: raw.closed,
          get answered() {
            return answered;
          },
          answer() {
            answered++;
            return raw.close();
          },
          unread: () => unreadBytes(raw.socket),
          pause: () => raw.websocket.pause(),
          resume: () => raw.websocket.resume(),
          close: () => raw.close(),
        };
      },
    };
  },
};

interface Frame {
  readonly notification?: string;
  readonly params?: readonly unknown[];
}
