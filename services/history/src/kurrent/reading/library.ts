import { setTimeout as pause } from "node:timers/promises";
import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { EventLog, StoredEntry } from "@fleetlog/log";
import { OwnedDevices } from "../../access/devices.ts";
import { keepCurrent } from "../../access/keep-current.ts";
import type { KnownRepeats } from "../../telemetry/known-repeats.ts";
import { OrdinalIndex } from "../ordinals/index.ts";
import { type Entry, entryBySequence, storedBySequence } from "../streams/entry.ts";
import { Tail } from "../tail/tail.ts";
import { Slots } from "./slots.ts";

/** Milliseconds between two looks at how far the repeats of telemetry are known. */
const LOOK_MS = 25;
/** Maximum number of concurrent reads of the log. Each takes some MiB. */
const SLOTS = 8;

export interface LibraryOptions {
  readonly log: Pick<EventLog, "read" | "pages" | "subscribe" | "state">;
  /** Folder of the index of ordinals. */
  readonly folder: string;
  readonly telemetryRepeats: KnownRepeats;
  /** Called when the index can't go on. */
  readonly onFailed: (error: unknown) => void;
}

/** What all calls share: the log, the newest events of its streams (tails), and the index of ordinals. */
export class Library {
  readonly log: LibraryOptions["log"];
  readonly slots = new Slots(SLOTS);
  readonly devices: OwnedDevices;
  readonly #index: OrdinalIndex;
  readonly #telemetryRepeats: KnownRepeats;
  readonly #closing = new AbortController();
  readonly #stopKeeping: () => void;
  readonly #fleet: Tail;
  readonly #others = new Map<StreamName, Promise<Tail>>();

  static async open(options: LibraryOptions): Promise<Library> {
    const index = await OrdinalIndex.open(options.folder, options.log);
    const library = new Library(options, index);
    const { lastSeq } = await options.log.state("FLEET");
    if (lastSeq <= index.seq) library.#fleet.markCurrent();
    return library;
  }

  private constructor({ log, telemetryRepeats, onFailed }: LibraryOptions, index: OrdinalIndex) {
    this.log = log;
    this.#index = index;
    this.#telemetryRepeats = telemetryRepeats;
    this.devices = new OwnedDevices(log);
    this.#stopKeeping = keepCurrent(this.devices);
    const enter = (events: readonly RecordedEvent[]) => {
      this.devices.add(events);
      return index.add(events);
    };
    this.#fleet = new Tail({ log, stream: "FLEET", after: index.seq, enter });
    this.#fleet.ended.catch(onFailed);
  }

  /** Sequence up to which a stream can be read: its revisions and repeats are known. */
  readableTo(stream: StreamName): number {
    if (stream === "FLEET") return this.#fleet.seq;
    return stream === "TELEMETRY" ? this.#telemetryRepeats.seq : Number.POSITIVE_INFINITY;
  }

  /** The tail of a stream, and a function that releases it. */
  async tail(stream: StreamName): Promise<{ readonly tail: Tail; readonly release: () => Promise<void> }> {
    if (stream === "FLEET") {
      const unused = this.#fleet.use();
      return { tail: this.#fleet, release: async () => unused() };
    }
    const opening = this.#others.get(stream) ?? this.#openTail(stream);
    this.#others.set(stream, opening);
    const tail = await opening;
    const unused = tail.use();
    const release = async () => {
      unused();
      if (tail.users > 0 || this.#others.get(stream) !== opening) return;
      this.#others.delete(stream);
      await tail.stop();
    };
    return { tail, release };
  }

  /** Waits until a stream can be read up to a sequence. */
  async reached(stream: StreamName, seq: number, signal: AbortSignal): Promise<void> {
    while (this.readableTo(stream) < seq && !signal.aborted) {
      if (stream === "FLEET") await this.#fleet.wait(signal);
      else await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Undefined for an event that can't be read yet, or of a subject that is not Fleetlog's. */
  entryOf(event: RecordedEvent): Entry | undefined {
    return event.stream === "FLEET" ? this.#index.entryOf(event) : entryBySequence(event);
  }

  /** As {@link entryOf}, and undefined for a repeat. */
  storedEntryOf(stored: StoredEntry, stream: StreamName): Entry | undefined {
    if (stream === "FLEET") return this.#index.storedEntryOf(stored);
    if (stream === "TELEMETRY" && this.#telemetryRepeats.isRepeat(stored.seq)) return undefined;
    return storedBySequence(stored, stream);
  }

  /** Ends the tails' waits for the archive's list of repeats. Call it when no client is connected any more. */
  endWaiting(): void {
    this.#closing.abort();
  }

  async close(): Promise<void> {
    this.endWaiting();
    this.#stopKeeping();
    await this.#fleet.stop();
    for (const opening of this.#others.values()) await (await opening).stop();
    this.#index.close();
  }

  async #openTail(stream: StreamName): Promise<Tail> {
    try {
      const { lastSeq } = await this.log.state(stream);
      // Subscriptions get at once what can be read by now, although the list of repeats may still be incomplete.
      const after = Math.min(lastSeq, this.readableTo(stream));
      const enter = (events: readonly RecordedEvent[]) => this.#enter(stream, events);
      const tail = new Tail({ log: this.log, stream, after, enter });
      tail.ended.catch(() => this.#others.delete(stream));
      if (after === lastSeq) tail.markCurrent();
      return tail;
    } catch (error) {
      this.#others.delete(stream);
      throw error;
    }
  }

  /** Entries of a stream without ordinals, once its repeats are known. */
  async #enter(stream: StreamName, events: readonly RecordedEvent[]): Promise<Entry[]> {
    await this.reached(stream, events.at(-1)?.seq ?? 0, this.#closing.signal);
    if (this.#closing.signal.aborted) return [];
    const isRepeat = (seq: number) => stream === "TELEMETRY" && this.#telemetryRepeats.isRepeat(seq);
    return events.flatMap((event) => (isRepeat(event.seq) ? [] : (entryBySequence(event) ?? [])));
  }
}
