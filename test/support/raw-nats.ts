import { once } from "node:events";
import { connect } from "node:net";

const CONNECT = 'CONNECT {"verbose":false,"protocol":1}\r\n';

/** Publishes one message as plain NATS protocol text, without a client; resolves when the server has received it. */
export async function publishRaw(port: number, subject: string, payload: string): Promise<void> {
  await converse(port, `PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\nPING\r\n`, /PONG/);
}

/** Sends one request as plain protocol text; resolves with the JSON of its answer. */
export async function requestRaw(port: number, subject: string, request: object = {}): Promise<unknown> {
  const payload = JSON.stringify(request);
  const text = `SUB raw.reply 1\r\nPUB ${subject} raw.reply ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
  const [, answer] = await converse(port, text, /MSG raw\.reply 1 \d+\r\n(.*)\r\n/);
  return JSON.parse(answer ?? "null");
}

async function converse(port: number, text: string, expected: RegExp): Promise<RegExpExecArray> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  try {
    await once(socket, "connect");
    socket.write(CONNECT + text);
    let received = "";
    for await (const part of socket) {
      received += part;
      const error = /-ERR [^\r]*/.exec(received);
      if (error !== null) throw new Error(error[0]);
      const found = expected.exec(received);
      if (found !== null) return found;
    }
    throw new Error("the server has closed the connection");
  } finally {
    socket.destroy();
  }
}
