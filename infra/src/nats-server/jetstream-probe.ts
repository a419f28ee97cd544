import { connect } from "node:net";
import { LAUNCHER, LAUNCHER_INBOX } from "./users.ts";

const ANSWER = new RegExp(`^MSG ${LAUNCHER_INBOX} [^\\n]*\\n([^\\n]*)\\r\\n`, "m");

export interface ProbedServer {
  readonly host: string;
  readonly port: number;
  readonly password?: string | undefined;
}

/**
 * Whether JetStream answers in time. A server that hangs still accepts connections.
 *
 * Speaks the protocol itself: only services/log uses the client library.
 * https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export function jetStreamResponds({ host, port, password }: ProbedServer, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answered: boolean) => {
      clearTimeout(timeout);
      socket.destroy();
      resolve(answered);
    };
    const timeout = setTimeout(() => end(false), withinMs);
    socket.on("error", () => end(false));
    socket.once("close", () => end(false));
    socket.once("connect", () => {
      const login = password === undefined ? {} : { user: LAUNCHER, pass: password };
      const client = { verbose: false, pedantic: false, name: LAUNCHER, lang: "node", version: "1", ...login };
      const request = `SUB ${LAUNCHER_INBOX} 1\r\nPUB $JS.API.INFO ${LAUNCHER_INBOX} 0\r\n\r\n`;
      socket.write(`CONNECT ${JSON.stringify(client)}\r\n${request}`);
    });
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
      // The answer is the line after the message's header. While JetStream is disabled, the answer is an error.
      const [, answer] = ANSWER.exec(received) ?? [];
      if (answer !== undefined) end(!answer.includes('"error"'));
    });
  });
}
