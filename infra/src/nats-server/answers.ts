import { connect } from "node:net";

const INBOX = "_INBOX.launcher";
const ANSWER = /^MSG _INBOX\.launcher [^\n]*\n([^\n]*)\r\n/m;

/**
 * Whether a server's JetStream answers, within so many milliseconds. A request in the client protocol, since a server
 * that hangs still takes connections. https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export function answers(host: string, port: number, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answered: boolean) => {
      clearTimeout(late);
      socket.destroy();
      resolve(answered);
    };
    const late = setTimeout(() => end(false), withinMs);
    socket.on("error", () => end(false));
    socket.once("close", () => end(false));
    socket.once("connect", () => {
      const options = JSON.stringify({ verbose: false, pedantic: false, name: "launcher", lang: "node", version: "1" });
      socket.write(`CONNECT ${options}\r\nSUB ${INBOX} 1\r\nPUB $JS.API.INFO ${INBOX} 0\r\n\r\n`);
    });
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
      // After the message's head, on a line of its own, is the answer; one of a JetStream that was disabled is an error.
      const [, answer] = ANSWER.exec(received) ?? [];
      if (answer !== undefined) end(!answer.includes('"error"'));
    });
  });
}
