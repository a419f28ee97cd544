import type { Msg } from "@nats-io/nats-core";
import type { Entry } from "../buckets.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { type FirstMessages, firstMessages, lastMessage } from "./read/direct.ts";
import type { Fetcher } from "./read/fetch.ts";
import type { Semaphore } from "./read/semaphore.ts";
import { SeveralMessages } from "./read/several-messages.ts";

/**
 * nats-server adds this header, among others, to the answer of a direct get. Anybody who may read one bucket can have
 * such an answer stored in another bucket, by a request whose reply subject is the subject of a key of that other
 * bucket. No writer sets the header. Its line can't be joined to a header of the writer, because nats-server adds two
 * others before it.
 */
export const COPIED = "Nats-Sequence";

/** The most entries that are read without a consumer. Each takes this process more time than one from a consumer. */
const FIRST = { entries: 32, bytes: 256 * 1024 } as const;
const WINDOW = { maxEntries: 4_096, maxBytes: 8 * 1024 * 1024 } as const;

interface Stored {
  readonly message: Pick<Msg, "subject" | "headers" | "data" | "json">;
  readonly info: { readonly seq: number };
}

/** What the lists of all buckets share. */
export interface ListOptions {
  readonly connection: ServerConnection;
  readonly fetcher: Fetcher;
  readonly replicas: number;
  /** Limits the number of answers that may wait at the same time. */
  readonly answers: Semaphore;
}

/** Lists the entries of one bucket. */
export class BucketList {
  readonly #options: ListOptions;
  readonly #stream: string;
  readonly #root: string;
  readonly #several: SeveralMessages<string> | undefined;

  /**
   * @param isDirect whether the bucket's stream allows direct gets. A stream that was created with replicas does not.
   */
  constructor(bucket: string, isDirect: boolean, options: ListOptions) {
    this.#options = options;
    this.#stream = `KV_${bucket}`;
    this.#root = `$KV.${bucket}.`;
    this.#several = isDirect ? new SeveralMessages(options.connection, () => options.replicas) : undefined;
  }

  /** @throws FleetError `log-unavailable` */
  async entries(prefix: string): Promise<Entry[]> {
    const wildcard = prefix.endsWith(".") ? `${this.#root}${prefix}>` : undefined;
    const found = new Map<string, Entry>();
    const first = await this.#first(wildcard ?? `${this.#root}>`);
    for (const one of first?.entries ?? []) this.#note(found, prefix, one, 1);
    if (first === undefined || first.pending > 0) {
      const fromSeq = (first?.entries.at(-1)?.info.seq ?? 0) + 1;
      for await (const one of this.#rest(wildcard, fromSeq)) this.#note(found, prefix, one, 0);
    }
    return [...found.values()];
  }

  /**
   * Notes an entry or a deletion. A key that is written while the list is read comes again in a later message, which
   * counts.
   * @param ownHeaders how often the answer itself has the header {@link COPIED}
   */
  #note(found: Map<string, Entry>, prefix: string, { message, info }: Stored, ownHeaders: number): void {
    const { subject, headers, data } = message;
    if (!subject.startsWith(this.#root + prefix)) return;
    const key = subject.slice(this.#root.length);
    found.delete(key);
    const isCopy = (headers?.values(COPIED).length ?? 0) > ownHeaders;
    // Deletions and stored statuses of nats-server are empty.
    if (data.length > 0 && !isCopy) found.set(key, { key, value: message.json(), revision: info.seq });
  }

  /** Undefined if the stream can't be read without a consumer. */
  async #first(subject: string): Promise<FirstMessages | undefined> {
    const { connection, answers } = this.#options;
    const several = this.#several;
    if (several?.from(this.#stream) !== true) return undefined;
    await answers.acquire();
    const read = () => firstMessages(connection, this.#stream, subject, FIRST);
    return several.ifSupported(this.#stream, read).finally(() => answers.release());
  }

  async *#rest(filter: string | undefined, fromSeq: number): AsyncGenerator<Stored> {
    const { fetcher } = this.#options;
    const last = await this.#lastMatch(filter ?? `${this.#root}>`);
    if (last === "none") return;
    for (let seq = fromSeq; ; ) {
      const range = { stream: this.#stream, filter, start: { seq }, upTo: Number.MAX_SAFE_INTEGER };
      const { entries, through } = await fetcher.window({ ...range, lastMatch: last, ...WINDOW });
      yield* entries;
      if (through === Number.MAX_SAFE_INTEGER) return;
      seq = through + 1;
    }
  }

  /**
   * The newest matching entry. A replica's list is used only if the replica has this entry, because a follower may be
   * late.
   */
  async #lastMatch(subject: string): Promise<number | "none" | undefined> {
    const { connection, replicas } = this.#options;
    if (replicas === 1) return undefined;
    return (await lastMessage(connection, this.#stream, subject, replicas))?.seq ?? "none";
  }
}
