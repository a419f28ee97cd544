import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { ofCategories, subjectFilter, subjectMatches } from "../filter.ts";
import type { SubscribeOptions, Subscription } from "../log.ts";
import type { MemoryServer } from "./server.ts";
import type { MemoryStream, StoredEntry } from "./stream.ts";

/** Follows one stream of a memory server, as far as it is reachable. */
export class MemorySubscription implements Subscription {
  readonly started: Promise<void>;
  readonly ended: Promise<void>;
  readonly #options: SubscribeOptions;
  readonly #server: MemoryServer;
  readonly #stream: MemoryStream;
  readonly #filter: string | undefined;
  readonly #reads: (subject: string) => boolean;
  #next: number;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(server: MemoryServer, options: SubscribeOptions) {
    this.#server = server;
    this.#options = options;
    this.#stream = server.stream(options.stream);
    this.#filter = subjectFilter(options.stream, options);
    this.#reads = options.categories === undefined ? () => true : ofCategories(options.categories);
    this.#next = options.from === "new" ? this.#stream.state.lastSeq + 1 : options.from;
    this.started = Promise.resolve();
    this.ended = this.#run();
    // Whoever cares for the end awaits `ended`; nobody else's process may fall over it.
    this.ended.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const forget = this.#server.onChange(() => this.#wake());
    try {
      // The caller has the subscription in hand before its first batch.
      await Promise.resolve();
      while (!this.#stopped) {
        // Armed before it looks: what is stored between looking and waiting wakes it all the same.
        const change = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (!(await this.#deliver())) await change;
      }
    } finally {
      forget();
    }
  }

  /** Hands over one batch; false if there was nothing to hand over. */
  async #deliver(): Promise<boolean> {
    if (!this.#server.reachable) return false;
    const { firstSeq, lastSeq } = this.#stream.state;
    const events: RecordedEvent[] = [];
    const maxBatch = this.#options.maxBatch ?? 512;
    let through = 0;
    let taken = 0;
    let unread: StoredEntry | undefined;
    let seq = Math.max(this.#next, firstSeq);
    for (; seq <= lastSeq && taken < maxBatch; seq++) {
      const entry = this.#stream.at(seq);
      if (entry === undefined || !this.#wants(entry.subject)) continue;
      taken += 1;
      through = entry.seq;
      unread = this.#reads(entry.subject) ? undefined : entry;
      if (unread === undefined) this.#read(entry, events);
    }
    if (unread !== undefined) this.#read(unread, events);
    this.#next = seq;
    if (taken === 0) return false;
    let pending = 0;
    for (let more = seq; more <= lastSeq; more++) if (this.#wants(this.#stream.at(more)?.subject)) pending += 1;
    await this.#options.onBatch({ events, throughSeq: through, pending });
    return true;
  }

  #read({ json, subject, seq }: StoredEntry, into: RecordedEvent[]): void {
    const event = decodeEvent(json, subject, seq, this.#stream.name);
    if (event !== undefined) into.push(event);
  }

  #wants(subject: string | undefined): boolean {
    return subject !== undefined && (this.#filter === undefined || subjectMatches(this.#filter, subject));
  }
}
