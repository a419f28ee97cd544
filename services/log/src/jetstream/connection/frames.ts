import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { MsgHdrsImpl, MsgImpl, Parser, type ProtocolHandler, type Publisher, State } from "@nats-io/nats-core/internal";
import { Cursor } from "./cursor.ts";
import { EntryFrames } from "./entry-frames.ts";

const [H, M, CR, LF, SPACE] = [0x48, 0x4d, 0x0d, 0x0a, 0x20] as const;

/**
 * Messages that get no message object: most messages of a busy gateway are acknowledgements, and most messages of a
 * reader are entries.
 */
export interface ReceivedBytes {
  readonly numbered: NumberedSubjects;
  readonly entries: EntryFrames;
}

/**
 * Replaces the client's own parser, which goes byte by byte and creates seven views a message.
 * @param received see {@link FrameParser}
 */
export function readFrames(protocol: ProtocolHandler, received?: ReceivedBytes): void {
  // If the client's own parser is in the middle of a message, it stays; the next connection gets FrameParser.
  let parser = protocol.parser.state === State.OP_START ? new FrameParser(protocol, received) : protocol.parser;
  Object.defineProperty(protocol, "parser", {
    get: () => parser,
    set: () => {
      parser = new FrameParser(protocol, received);
    },
  });
}

/**
 * Parses messages as whole frames. The client's own parser gets every other protocol line.
 */
export class FrameParser extends Parser {
  readonly #protocol: ProtocolHandler;
  readonly #numbered: NumberedSubjects;
  readonly #entries: EntryFrames;
  #parts: Buffer[] = [];
  #have = 0;
  #need = 0;

  constructor(
    protocol: ProtocolHandler,
    { numbered, entries }: ReceivedBytes = { numbered: new NumberedSubjects(), entries: new EntryFrames() },
  ) {
    super(protocol);
    this.#protocol = protocol;
    this.#numbered = numbered;
    this.#entries = entries;
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
    const end = this.#entries.deliver(bytes, at) || (bytes[at] === M ? this.#numbered.deliver(bytes, at) : 0);
    if (end > 0) {
      this.#protocol.inMsgs += 1;
      this.#protocol.inBytes += end - at;
      return end;
    }
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
    const message = new Frame(bytes, body, end, this.#protocol.publisher, {
      subject: NOTHING,
      sid: Number(line.slice(sid, reply - 1)),
      hdr: headers === size ? -1 : Number(line.slice(headers, size - 1)),
      size: end - body,
    });
    message._subject = line.slice(subject, sid - 1);
    message._reply = line.slice(reply, Math.max(headers - 1, reply));
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

/** The receiver of the messages on the subjects `<prefix><number>` that have neither headers nor a reply subject. */
export class NumberedSubjects {
  #start: Buffer = Buffer.alloc(0);
  #sid = 0;
  #receive: NumberedReceiver | undefined;
  readonly #cursor = new Cursor();

  set(prefix: string, sid: number, receive: NumberedReceiver | undefined): void {
    this.#start = Buffer.from(`MSG ${prefix}`);
    this.#sid = sid;
    this.#receive = receive;
  }

  /** Reads `MSG <prefix><number> <sid> <bytes>` and the payload. @returns the end; 0: another message, or not whole */
  deliver(bytes: Buffer, at: number): number {
    const start = this.#start;
    const { length } = start;
    if (this.#receive === undefined) return 0;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== start[i]) return 0;
    const cursor = this.#cursor;
    cursor.at = at + length;
    const number = cursor.number(bytes);
    if (bytes[cursor.at++] !== SPACE || cursor.number(bytes) !== this.#sid || bytes[cursor.at++] !== SPACE) return 0;
    const size = cursor.number(bytes);
    if (bytes[cursor.at] !== CR || bytes[cursor.at + 1] !== LF) return 0;
    const body = cursor.at + 2;
    const end = body + size;
    if (end + 2 > bytes.length) return 0;
    this.#receive(number, bytes, body, end);
    return end + 2;
  }
}

/** @param bytes has the payload from `start` to `end`, and may have other bytes after the call */
export type NumberedReceiver = (number: number, bytes: Uint8Array, start: number, end: number) => void;

const NOTHING = new Uint8Array(0);

/**
 * A message that makes views of its bytes only when somebody asks for them. Making views takes longer than the rest of
 * the parsing, and views that are kept survive garbage collections.
 */
class Frame extends MsgImpl {
  readonly #chunk: Buffer;
  readonly #from: number;
  readonly #to: number;

  constructor(chunk: Buffer, from: number, to: number, publisher: Publisher, msg: MsgImpl["_msg"]) {
    super(msg, NOTHING, publisher);
    this.#chunk = chunk;
    this.#from = from;
    this.#to = to;
  }

  override get headers(): MsgHdrs | undefined {
    const { hdr } = this._msg;
    if (hdr > -1) this._headers ??= MsgHdrsImpl.decode(this.#chunk.subarray(this.#from, this.#from + hdr));
    return this._headers;
  }

  override get data(): Uint8Array {
    return this.#chunk.subarray(this.#payloadFrom, this.#to);
  }

  override string(): string {
    return this.#chunk.toString("utf8", this.#payloadFrom, this.#to);
  }

  get #payloadFrom(): number {
    return this.#from + Math.max(this._msg.hdr, 0);
  }
}

/** Bytes of the payload and the headers. */
export function sizeOf(message: Msg): number {
  return message instanceof MsgImpl ? message.size() : message.data.length;
}
