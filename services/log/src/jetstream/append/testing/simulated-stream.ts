import type { PendingAppend } from "../pending.ts";

interface Message {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly id: string;
}

export interface ServerError {
  readonly code: number;
  readonly err_code?: number;
  readonly description: string;
}

export const DUPLICATE = { code: 400, err_code: 10_201, description: "batch contains duplicate message id" };
export const INCOMPLETE = { code: 400, err_code: 10_176, description: "atomic publish batch is incomplete" };
export const TOO_MANY = { code: 429, err_code: 10_210, description: "atomic publish too many inflight" };
export const TOO_LARGE = { code: 400, err_code: 10_199, description: "atomic publish batch is too large" };
export const DISABLED = { code: 400, err_code: 10_174, description: "atomic publish is disabled" };
const FULL = { code: 503, err_code: 10_077, description: "maximum bytes exceeded" };
const WRONG_LAST = { code: 400, err_code: 10_071, description: "wrong last sequence" };

/** Imitates the duplicates, expected sequences and atomic batches (ADR-50) of nats-server. */
export class SimulatedStream {
  /** The ids of sequences 1, 2 and so on. */
  readonly stored: string[] = [];
  readonly batches: number[] = [];
  plain = 0;
  /** False: as before nats-server 2.12, each message of a batch is stored and answered on its own. */
  atomic = true;
  /** The largest batch that is allowed, and how many were larger. */
  largestBatch = Number.POSITIVE_INFINITY;
  tooLarge = 0;
  eventsLeft = Number.POSITIVE_INFINITY;
  refuseFirst: ServerError | undefined;
  refuseCommit: ServerError | undefined;
  readonly #answer: (reply: string, body: unknown) => void;
  readonly #staged = new Map<string, Message[]>();

  /** @param answer gets an undefined body for the empty acknowledgement of a batch's first message */
  constructor(answer: (reply: string, body: unknown) => void) {
    this.#answer = answer;
  }

  receive(text: string): void {
    for (const message of parse(text)) {
      const batch = message.headers.get("Nats-Batch-Id");
      if (batch === undefined || !this.atomic) this.#publish(message);
      else this.#stage(batch, message);
    }
  }

  find(appends: readonly PendingAppend[]): ReadonlyMap<string, number> {
    const found = appends.map(({ id }): [string, number] => [id, this.stored.indexOf(id) + 1]);
    return new Map(found.filter(([, seq]) => seq > 0));
  }

  #publish(message: Message): void {
    this.plain += 1;
    this.#reply(message.reply, this.#store(message));
  }

  #store({ id, headers }: Message): object {
    const known = this.stored.indexOf(id) + 1;
    if (known > 0) return { seq: known, duplicate: true };
    const expected = headers.get("Nats-Expected-Last-Subject-Sequence");
    if (expected !== undefined && Number(expected) !== this.stored.length) return { error: WRONG_LAST };
    if (this.eventsLeft <= 0) return { error: FULL };
    this.eventsLeft -= 1;
    return { seq: this.stored.push(id), duplicate: false };
  }

  #stage(batch: string, message: Message): void {
    const seq = Number(message.headers.get("Nats-Batch-Sequence"));
    if (seq === 1) {
      if (this.refuseFirst !== undefined) {
        this.#reply(message.reply, { error: this.refuseFirst });
        return;
      }
      this.#staged.set(batch, []);
    }
    if (seq > this.largestBatch) {
      this.#staged.delete(batch);
      if (!message.headers.has("Nats-Batch-Commit")) return;
      this.tooLarge += 1;
      this.#reply(message.reply, { error: TOO_LARGE });
      return;
    }
    const staged = this.#staged.get(batch);
    if (staged === undefined || staged.push(message) !== seq) {
      this.#reply(message.reply, { error: INCOMPLETE });
      return;
    }
    if (!message.headers.has("Nats-Batch-Commit")) {
      this.#reply(message.reply, undefined);
      return;
    }
    this.#staged.delete(batch);
    this.batches.push(staged.length);
    const ids = new Set(staged.map(({ id }) => id));
    const isRepeated = ids.size < staged.length || this.stored.some((id) => ids.has(id));
    const error = this.refuseCommit ?? (isRepeated ? DUPLICATE : staged.length > this.eventsLeft ? FULL : undefined);
    if (error !== undefined) {
      this.#reply(message.reply, { error });
      return;
    }
    this.eventsLeft -= staged.length;
    this.stored.push(...ids);
    this.#reply(message.reply, { seq: this.stored.length, duplicate: false, count: staged.length });
  }

  #reply(reply: string | undefined, body: unknown): void {
    if (reply !== undefined) this.#answer(reply, body);
  }
}

function* parse(text: string): Generator<Message> {
  for (let at = 0; at < text.length; ) {
    const line = text.slice(at, text.indexOf("\r\n", at));
    const [, subject = "", ...rest] = line.split(" ");
    const [headerBytes = 0, total = 0] = rest.slice(-2).map(Number);
    const body = at + line.length + 2;
    const headers = text
      .slice(body, body + headerBytes)
      .trim()
      .split("\r\n")
      .slice(1);
    const named = new Map(headers.map((header) => header.split(": ") as [string, string]));
    yield {
      subject,
      reply: rest.length === 3 ? rest[0] : undefined,
      headers: named,
      id: named.get("Nats-Msg-Id") ?? "",
    };
    at = body + total + 2;
  }
}
