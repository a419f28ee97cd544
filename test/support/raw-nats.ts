import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

const TIMEOUT_MS = 3_000;

/** A user of the server. */
export interface Login {
  readonly user: string;
  readonly pass: string;
}

/** Plain protocol text, without a client; resolves when the server has the message. */
export async function publishRaw(port: number, subject: string, payload: string, login?: Login): Promise<void> {
  await converse(port, `PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\nPING\r\n`, /PONG/, login);
}

export async function subscribeRaw(port: number, subject: string, login?: Login): Promise<void> {
  await converse(port, `SUB ${subject} 1\r\nPING\r\n`, /PONG/, login);
}

export async function requestRaw(port: number, subject: string, request: object = {}, login?: Login): Promise<unknown> {
  const payload = JSON.stringify(request);
  // Requests at the same time must not get each other's answers.
  const inbox = `${login === undefined ? "raw" : `_INBOX_${login.user}`}.${randomUUID()}`;
  const text = `SUB ${inbox} 1\r\nPUB ${subject} ${inbox} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
  const [, answer] = await converse(port, text, /MSG \S+ 1 \d+\r\n(.*)\r\n/, login);
  return JSON.parse(answer ?? "null");
}

export interface RawCount {
  readonly count: number;
  close(): void;
}

/** Counts the messages on a subject, which may have wildcards, from now on. */
export async function countRaw(port: number, subject: string): Promise<RawCount> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  let received = "";
  socket.on("data", (part) => {
    received += part;
  });
  socket.write(`CONNECT {"verbose":false}\r\nSUB ${subject} 1\r\nPING\r\n`);
  while (!received.includes("PONG")) await once(socket, "data");
  return {
    get count() {
      return received.split("\r\nMSG ").length - 1;
    },
    close: () => void socket.destroy(),
  };
}

/** @throws Error with the server's `-ERR` line */
async function converse(
  port: number,
  text: string,
  expected: RegExp,
  login: Login | undefined,
): Promise<RegExpExecArray> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8").setTimeout(TIMEOUT_MS);
  // A cluster without a leader never answers a request, even after it has a leader again.
  socket.once("timeout", () => socket.destroy(new Error("nats-server does not answer")));
  try {
    await once(socket, "connect");
    socket.write(`CONNECT ${JSON.stringify({ verbose: false, protocol: 1, ...login })}\r\n${text}`);
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
