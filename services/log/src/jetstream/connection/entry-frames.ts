import { Cursor } from "./cursor.ts";

const [H, M, SPACE, DOT, DOLLAR, CR] = [0x48, 0x4d, 0x20, 0x2e, 0x24, 0x0d] as const;

/** An entry that a consumer delivers. The object is valid only during the call that gets it: the next entry overwrites it. */
export interface EntryFrame {
  bytes: Buffer;
  subjectFrom: number;
  subjectTo: number;
  /** Where the payload begins, after the headers. */
  payloadFrom: number;
  payloadTo: number;
  /** As {@link DeliveryInfo} of the consumer. */
  seq: number;
  delivery: number;
  pending: number;
}

export type EntryReceiver = (entry: EntryFrame) => void;

interface Receiving {
  readonly receive: EntryReceiver;
  /** Bytes of the reply subject before the sequence: the same for all messages of a consumer. 0: not known yet. */
  prefix: number;
}

/**
 * The subscriptions of consumers' deliveries, which get no message object: without it, reading a stream takes half the
 * time.
 */
export class EntryFrames {
  readonly #receiving = new Map<number, Receiving>();
  readonly #cursor = new Cursor();
  readonly #entry: EntryFrame = {
    bytes: Buffer.alloc(0),
    subjectFrom: 0,
    subjectTo: 0,
    payloadFrom: 0,
    payloadTo: 0,
    seq: 0,
    delivery: 0,
    pending: 0,
  };

  /** One consumer for each subscription. */
  set(sid: number, receive: EntryReceiver): void {
    this.#receiving.set(sid, { receive, prefix: 0 });
  }

  delete(sid: number): void {
    this.#receiving.delete(sid);
  }

  /**
   * Reads `[H]MSG <subject> <sid> $JS.ACK.….<seq>.<delivery>.<time>.<pending>[.…] [header bytes] <bytes>`, and the payload.
   * @returns the end of the frame; 0 if it is another message, or not whole
   */
  deliver(bytes: Buffer, at: number): number {
    if (this.#receiving.size === 0) return 0;
    const withHeaders = bytes[at] === H;
    if (!withHeaders && bytes[at] !== M) return 0;
    const cursor = this.#cursor;
    const entry = this.#entry;
    cursor.at = entry.subjectFrom = at + (withHeaders ? "HMSG " : "MSG ").length;
    cursor.skip(bytes, SPACE);
    entry.subjectTo = cursor.at - 1;
    const receiving = this.#receiving.get(cursor.number(bytes));
    const reply = cursor.at + 1;
    if (receiving === undefined || bytes[reply] !== DOLLAR) return 0;
    const prefix = receiving.prefix || prefixOf(bytes, reply);
    cursor.at = reply + prefix;
    entry.seq = cursor.number(bytes);
    cursor.at += 1;
    entry.delivery = cursor.number(bytes);
    cursor.at += 1;
    cursor.skip(bytes, DOT);
    entry.pending = cursor.number(bytes);
    cursor.skip(bytes, SPACE);
    const headers = withHeaders ? cursor.number(bytes) : 0;
    if (withHeaders) cursor.at += 1;
    const size = cursor.number(bytes);
    if (bytes[cursor.at] !== CR) return 0;
    const body = cursor.at + 2;
    const end = body + size;
    if (end + 2 > bytes.length) return 0;
    // The prefix is kept only now, because that of an unfinished line can be wrong.
    receiving.prefix = prefix;
    entry.bytes = bytes;
    entry.payloadFrom = body + headers;
    entry.payloadTo = end;
    receiving.receive(entry);
    return end + 2;
  }
}

/** Length of the prefix. Since nats-server 2.10, domain and account may come before the stream, and a token at the end. */
function prefixOf(bytes: Buffer, reply: number): number {
  let dots = 0;
  for (let i = reply; i < bytes.length && bytes[i] !== SPACE; i++) if (bytes[i] === DOT) dots += 1;
  let end = reply;
  for (let skip = dots > 8 ? 7 : 5; skip > 0; skip--) end = bytes.indexOf(DOT, end) + 1;
  return end - reply;
}
