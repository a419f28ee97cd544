import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** `reply`: the subject for the answer. `payload`: bytes without headers. */
export type OnMessage = (subject: string, reply: string, payload: Buffer) => void;

const LF = 0x0a;
const API_ANSWERS = "raw.api";

/** NATS over a bare socket: the least possible cost of a client. */
export class NatsSocket {
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #onMessage: OnMessage = () => {};
  #received = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<NatsSocket> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const nats = new NatsSocket(socket);
    socket.on("data", (chunk: Buffer) => nats.#parse(chunk));
    socket.write('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB raw.> 1\r\n');
    return nats;
  }

  get received(): number {
    return this.#received;
  }

  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  onMessage(listener: OnMessage): void {
    this.#onMessage = listener;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  publish(subject: string, reply: string, payload: string): void {
    this.write(`PUB ${subject} ${reply} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  }

  /** A request of the JetStream API; rejects with its error. Drops all other messages until the answer. */
  async request(subject: string, body: object): Promise<void> {
    const answer = await new Promise<Buffer>((resolve) => {
      this.#onMessage = (to, _, payload) => {
        if (to === API_ANSWERS) resolve(payload);
      };
      this.publish(subject, API_ANSWERS, JSON.stringify(body));
    });
    this.#onMessage = () => {};
    const { error } = JSON.parse(answer.toString()) as { readonly error?: { readonly description: string } };
    if (error !== undefined) throw new Error(`${subject}: ${error.description}`);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Decodes only a message's first line. */
  #parse(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(LF, at);
      if (end < 0) break;
      const line = bytes.toString("latin1", at, end - 1);
      const withHeaders = line.startsWith("HMSG ");
      if (!withHeaders && !line.startsWith("MSG ")) {
        if (line === "PING") this.#socket.write("PONG\r\n");
        at = end + 1;
        continue;
      }
      const words = line.split(" ");
      const size = Number(words.at(-1));
      const start = end + 1;
      if (bytes.length < start + size + 2) break;
      const headers = withHeaders ? Number(words.at(-2)) : 0;
      const reply = words.length > (withHeaders ? 5 : 4) ? (words[3] ?? "") : "";
      this.#received += 1;
      this.#onMessage(words[1] ?? "", reply, bytes.subarray(start + headers, start + size));
      at = start + size + 2;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
  }
}
