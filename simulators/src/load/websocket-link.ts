import { connect as connectSocket } from "node:net";
import { COMMAND_EVENT, DEVICE_PATH, METHODS } from "@fleetlog/protocol";
import { batched } from "./batched.ts";
import type { AnsweredCommand, Credentials, RawEvents, RawLink, Target } from "./raw-link.ts";
import * as websocket from "./wire/websocket.ts";

/**
 * A report's id is its number. Results of commands use this id and higher ids, and the answers to results are ignored.
 */
const RESULT_IDS = 2 ** 40;

interface Message {
  readonly id?: number;
  readonly error?: { readonly code: number };
  readonly notification?: string;
  readonly params?: readonly AnsweredCommand[];
}

/** JSON-RPC over WebSocket. The caller limits the calls in flight. */
export function websocketLink(
  { host, port, path = DEVICE_PATH }: Target & { protocol: "websocket" },
  { device, token }: Credentials,
  events: RawEvents,
): RawLink {
  const socket = connectSocket({ host, port, noDelay: true });
  const write = batched(socket);
  const framer = new websocket.WebSocketFramer();
  let resultId = RESULT_IDS;
  let endReason = "closed";

  socket.on("connect", () => socket.write(websocket.handshake(`${host}:${port}`, path, device, token)));
  socket.on("data", (chunk) => {
    for (const frame of framer.push(chunk, upgraded)) handle(frame);
  });
  socket.on("error", (error) => {
    endReason = error.message;
  });
  socket.on("close", () => events.onEnd(endReason));

  function upgraded(status: string): void {
    if (status.startsWith("HTTP/1.1 101")) events.onOpen();
    else {
      endReason = status;
      socket.destroy();
    }
  }

  function handle({ opcode, payload }: websocket.Frame): void {
    if (opcode === websocket.TEXT) receive(JSON.parse(payload.toString()) as Message);
    else if (opcode === websocket.PING) write(websocket.frame(websocket.PONG, payload));
    else if (opcode === websocket.CLOSE) {
      endReason = `closed with ${payload.length < 2 ? "no code" : payload.readUInt16BE(0)}`;
      write(websocket.frame(websocket.CLOSE, payload.subarray(0, 2)));
      socket.end();
    }
  }

  function receive({ id, error, notification, params }: Message): void {
    if (id !== undefined && id < RESULT_IDS) events.onAnswer(id, error === undefined ? undefined : String(error.code));
    if (notification !== COMMAND_EVENT) return;
    for (const command of params ?? [])
      call(METHODS.commandResult, JSON.stringify({ id: command.id, ok: true, result: command.params }), ++resultId);
  }

  function call(method: string, params: string, id: number): void {
    write(websocket.frame(websocket.TEXT, `{"jsonrpc":"2.0","method":"${method}","params":${params},"id":${id}}`));
  }

  return {
    send(number, kind, name, json) {
      if (kind === "telemetry") call(METHODS.telemetry, `${json}}`, number);
      else call(METHODS.event, `${json},"name":"${name}"}`, number);
    },
    ping: () => write(websocket.frame(websocket.PING, "")),
    end() {
      write(websocket.frame(websocket.CLOSE, Buffer.from([0x03, 0xe8])));
      socket.end();
    },
    destroy: () => socket.destroy(),
  };
}
