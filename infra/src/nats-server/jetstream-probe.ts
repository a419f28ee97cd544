import { connect } from "node:net";

const INBOX = "_INBOX.launcher";
const ANSWER = /^MSG _INBOX\.launcher [^\n]*\n([^\n]*)\r\n/m;

/**
 * Whether a server's JetStream answers a request in time. Connecting is not enough: a server that hangs still accepts
 * connections. Speaks the client protocol itself, because only services/log uses the client library. https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export function jetStreamResponds(host: string, port: number, withinMs: number): Promise<boolean> {
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
      const options = JSON.stringify({ verbose: false, pedantic: false, name: "launcher", lang: "node", version: "1" });
      socket.write(`CONNECT ${options}\r\nSUB ${INBOX} 1\r\nPUB $JS.API.INFO ${INBOX} 0\r\n\r\n`);
    });
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
      // The answer is on the line after the message's header. While JetStream is disabled it is an error.
      const [, answer] = ANSWER.exec(received) ?? [];
      if (answer !== undefined) end(!answer.includes('"error"'));
    });
  });
}
