import { randomUUID } from "node:crypto";
import { checkpointMessage, confirmationMessage, type Place, stateMessage } from "../messages/read-response.ts";
import type { Entry } from "../streams/entry.ts";
import type { Source } from "../streams/names.ts";
import type { Tail } from "../tail/tail.ts";
import type { Call } from "./call.ts";
import { newestOf, revisionIn, seqOfRevision } from "./places.ts";
import { scan } from "./scan.ts";

/** Sends the stored events after a position, then new events until the client ends the call or the key ends. */
export async function answerSubscription(call: Call, now: () => number): Promise<void> {
  const { source, outlet, library, signal } = call;
  outlet.post(confirmationMessage(randomUUID()));
  if (source === undefined) {
    outlet.post(stateMessage("caughtUp", undefined, now()));
    await ended(signal);
    return;
  }
  await call.prepare();
  const { tail, release } = await library.tail(source.stream);
  try {
    await new Subscriber(call, source, tail, now).run();
  } finally {
    await release();
  }
}

class Subscriber {
  readonly #call: Call;
  readonly #source: Source;
  readonly #tail: Tail;
  readonly #now: () => number;
  /** The last event that was examined. */
  #seq = 0;
  #revision: number | undefined;
  #examined = 0;
  #caughtUp = false;

  constructor(call: Call, source: Source, tail: Tail, now: () => number) {
    this.#call = call;
    this.#source = source;
    this.#tail = tail;
    this.#now = now;
  }

  async run(): Promise<void> {
    const { signal, grant } = this.#call;
    await this.#start();
    while (!signal.aborted) {
      await grant.fresh();
      const entries = this.#tail.after(this.#seq);
      if (entries === undefined) await this.#catchUp();
      else if (entries.length > 0) for (const entry of entries) await this.#takeNew(entry);
      else await this.#rest();
    }
  }

  async #start(): Promise<void> {
    const { request, library, signal } = this.#call;
    const { from } = request;
    const source = this.#source;
    if (from === "start") return;
    const { lastSeq } = await library.log.state(source.stream);
    if (from === "end") {
      this.#seq = lastSeq;
      await library.reached(source.stream, lastSeq, signal);
      const newest = source.kind === "all" ? undefined : await newestOf(library, source);
      const entry = newest && newest.seq <= lastSeq ? library.entryOf(newest) : undefined;
      if (entry !== undefined) this.#revision = revisionIn(source, entry);
      return;
    }
    if (source.kind === "all" || source.stream !== "FLEET") {
      this.#seq = from;
      return;
    }
    await library.reached("FLEET", lastSeq, signal);
    this.#seq = (await seqOfRevision(library, source, from + 1, lastSeq)) - 1;
  }

  /** Sends events from the log, up to the newest event that the tail has seen. */
  async #catchUp(): Promise<void> {
    const { library, signal, grant, outlet } = this.#call;
    if (this.#caughtUp) outlet.post(stateMessage("fellBehind", this.#place(), this.#now()));
    this.#caughtUp = false;
    const goal = this.#tail.seq;
    const { stream } = this.#source;
    await scan({
      log: library.log,
      slots: library.slots,
      source: this.#source,
      from: this.#seq + 1,
      to: goal,
      signal,
      pause: () => grant.fresh(),
      take: (stored) => {
        const entry = library.storedEntryOf(stored, stream);
        return entry && this.#take(entry);
      },
    });
    if (!signal.aborted) this.#seq = Math.max(this.#seq, goal);
  }

  async #takeNew(entry: Entry): Promise<void> {
    if (this.#call.signal.aborted) return;
    if (this.#source.has(entry.subject)) await this.#take(entry);
    this.#seq = Math.max(this.#seq, entry.seq);
  }

  /** Everything was sent: waits for new events. */
  async #rest(): Promise<void> {
    const { outlet, filter, signal } = this.#call;
    this.#seq = Math.max(this.#seq, this.#tail.seq);
    if (this.#caughtUp || !this.#tail.current) {
      await this.#tail.wait(signal);
      return;
    }
    this.#caughtUp = true;
    if (filter !== undefined && this.#source.kind === "all") await this.#checkpoint();
    await outlet.send(stateMessage("caughtUp", this.#place(), this.#now()));
  }

  #take(entry: Entry): Promise<void> | undefined {
    const call = this.#call;
    const { seq } = entry;
    this.#seq = seq;
    if (call.isVisible?.(entry) === false) return this.#examine();
    this.#revision = revisionIn(this.#source, entry);
    const blocked = call.isWanted(entry) ? call.send(this.#source, entry) : undefined;
    const other = this.#examine();
    return blocked ?? other;
  }

  #examine(): Promise<void> | undefined {
    const { filter } = this.#call;
    if (filter === undefined || this.#source.kind !== "all") return undefined;
    this.#examined += 1;
    return this.#examined < filter.checkpointEvery ? undefined : this.#checkpoint();
  }

  #checkpoint(): Promise<void> | undefined {
    this.#examined = 0;
    return this.#call.outlet.send(checkpointMessage(this.#seq, this.#now()));
  }

  #place(): Place | undefined {
    if (this.#source.kind === "all") return { position: this.#seq };
    return this.#revision === undefined ? undefined : { revision: this.#revision };
  }
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
