import { once } from "node:events";
import { connect } from "node:net";

/** Publishes one message as plain NATS protocol text, past every client; resolves when the server has taken it in. */
export async function publishRaw(port: number, subject: string, payload: string): Promise<void> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  try {
    await once(socket, "connect");
    const bytes = Buffer.byteLength(payload);
    socket.write(`CONNECT {"verbose":false}\r\nPUB ${subject} ${bytes}\r\n${payload}\r\nPING\r\n`);
    let heard = "";
    for await (const text of socket) {
      heard += text;
      if (/-ERR [^\r]*/.test(heard)) throw new Error(heard);
      if (heard.includes("PONG")) return;
    }
    throw new Error("the server has closed the connection");
  } finally {
    socket.destroy();
  }
}
