import type { Msg } from "@nats-io/nats-core";
import { MsgImpl, Parser, type ProtocolHandler, type Publisher, State } from "@nats-io/nats-core/internal";

const [H, M, LF] = [0x48, 0x4d, 0x0a] as const;

/** Replaces the client's own parser, which goes byte by byte and creates seven views a message. */
export function readFrames(protocol: ProtocolHandler): void {
  // If the client's own parser is in the middle of a message, it stays; the next connection gets FrameParser.
  let parser = protocol.parser.state === State.OP_START ? new FrameParser(protocol) : protocol.parser;
  Object.defineProperty(protocol, "parser", {
    get: () => parser,
    set: () => {
      parser = new FrameParser(protocol);
    },
  });
}

/** Parses messages as whole frames. The client's own parser gets every other protocol line. */
export class FrameParser extends Parser {
  readonly #protocol: ProtocolHandler;
  #parts: Buffer[] = [];
  #have = 0;
  #need = 0;

  constructor(protocol: ProtocolHandler) {
    super(protocol);
    this.#protocol = protocol;
  }

  override parse(chunk: Uint8Array): void {
    const part = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#parts.push(part);
    this.#have += part.length;
    if (this.#have < this.#need) return;
    const bytes = this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    let at = 0;
    let end = 0;
    while (at < bytes.length) {
      end = this.#frame(bytes, at);
      if (end > bytes.length) break;
      at = end;
    }
    this.#parts = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#have = bytes.length - at;
    this.#need = end - at;
  }

  #frame(bytes: Buffer, at: number): number {
    const body = bytes.indexOf(LF, at) + 1;
    if (body === 0) return bytes.length + 1;
    if (bytes[at] === H || bytes[at] === M) return this.#message(bytes, at, body);
    super.parse(bytes.subarray(at, body));
    return body;
  }

  /** Reads `[H]MSG <subject> <sid> [reply] [header bytes] <total bytes>`, then headers and payload. */
  #message(bytes: Buffer, at: number, body: number): number {
    const line = bytes.toString("utf8", at, body - 2);
    const subject = line.indexOf(" ") + 1;
    const sid = line.indexOf(" ", subject) + 1;
    const reply = line.indexOf(" ", sid) + 1;
    const size = line.lastIndexOf(" ") + 1;
    const headers = bytes[at] === H ? line.lastIndexOf(" ", size - 2) + 1 : size;
    const end = body + Number(line.slice(size));
    if (!(end >= body)) throw this.fail(bytes.subarray(at, body));
    if (end + 2 > bytes.length) return end + 2;
    const message = new Frame(bytes.subarray(body, end), this.#protocol.publisher, {
      subject: line.slice(subject, sid - 1),
      sid: Number(line.slice(sid, reply - 1)),
      reply: line.slice(reply, Math.max(headers - 1, reply)),
      headers: headers === size ? 0 : Number(line.slice(headers, size - 1)),
    });
    this.#deliver(message, end - body);
    return end + 2;
  }

  /** Like the client's `processMsg`, but gets the message instead of creating it. */
  #deliver(message: Frame, size: number): void {
    const protocol = this.#protocol;
    protocol.inMsgs += 1;
    protocol.inBytes += size;
    const subscription = protocol.subscriptions.get(message.sid);
    if (subscription === undefined) return;
    subscription.received += 1;
    subscription.callback(null, message as Msg);
    if (subscription.max !== undefined && subscription.received >= subscription.max) subscription.unsubscribe();
  }
}

const NOTHING = new Uint8Array(0);

interface Line {
  readonly subject: string;
  readonly sid: number;
  readonly reply: string;
  readonly headers: number;
}

class Frame extends MsgImpl {
  constructor(bytes: Buffer, publisher: Publisher, { subject, sid, reply, headers }: Line) {
    super({ subject: NOTHING, sid, hdr: headers === 0 ? -1 : headers, size: bytes.length }, bytes, publisher);
    this._subject = subject;
    this._reply = reply;
  }

  override string(): string {
    return (this._rdata as Buffer).toString("utf8", Math.max(this._msg.hdr, 0));
  }
}
