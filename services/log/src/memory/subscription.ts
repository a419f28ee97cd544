import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { matchesCategories, subjectFilter, subjectMatches } from "../filter.ts";
import type { SubscribeOptions, Subscription } from "../log.ts";
import type { MemoryServer } from "./server.ts";
import type { MemoryStream, StoredEntry } from "./stream.ts";

export class MemorySubscription implements Subscription {
  readonly started: Promise<number>;
  readonly ended: Promise<void>;
  readonly #options: SubscribeOptions;
  readonly #server: MemoryServer;
  readonly #stream: MemoryStream;
  readonly #filter: string | undefined;
  readonly #isWanted: (subject: string) => boolean;
  #next: number;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(server: MemoryServer, options: SubscribeOptions) {
    this.#server = server;
    this.#options = options;
    this.#stream = server.stream(options.stream);
    this.#filter = subjectFilter(options.stream, options);
    this.#isWanted = options.categories === undefined ? () => true : matchesCategories(options.categories);
    this.#next = options.from === "new" ? this.#stream.state.lastSeq + 1 : options.from;
    this.started = Promise.resolve(this.#next);
    this.ended = this.#run();
    // An unhandled rejection would end the process of a caller that does not await `ended`.
    this.ended.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const unsubscribe = this.#server.onChange(() => this.#wake());
    try {
      await Promise.resolve();
      while (!this.#stopped) {
        const change = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (!(await this.#deliver())) await change;
      }
    } finally {
      unsubscribe();
    }
  }

  async #deliver(): Promise<boolean> {
    if (!this.#server.reachable) return false;
    const { firstSeq, lastSeq } = this.#stream.state;
    const events: RecordedEvent[] = [];
    const maxBatch = this.#options.maxBatch ?? 512;
    let through = 0;
    let taken = 0;
    let skippedLast: StoredEntry | undefined;
    let seq = Math.max(this.#next, firstSeq);
    for (; seq <= lastSeq && taken < maxBatch; seq++) {
      const entry = this.#stream.at(seq);
      if (entry === undefined || !this.#matches(entry.subject)) continue;
      taken += 1;
      through = entry.seq;
      skippedLast = this.#isWanted(entry.subject) ? undefined : entry;
      if (skippedLast === undefined) this.#decode(entry, events);
    }
    if (skippedLast !== undefined) this.#decode(skippedLast, events);
    this.#next = seq;
    if (taken === 0) return false;
    let pending = 0;
    for (let more = seq; more <= lastSeq; more++) if (this.#matches(this.#stream.at(more)?.subject)) pending += 1;
    await this.#options.onBatch({ events, throughSeq: through, pending });
    return true;
  }

  #decode({ json, subject, seq }: StoredEntry, into: RecordedEvent[]): void {
    const event = decodeEvent(json, subject, seq, this.#stream.name);
    if (event !== undefined) into.push(event);
  }

  #matches(subject: string | undefined): boolean {
    return subject !== undefined && (this.#filter === undefined || subjectMatches(this.#filter, subject));
  }
}
