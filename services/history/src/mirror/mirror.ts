import type { RecordedEvent } from "@fleetlog/domain";
import { type Batch, type EventLog, KnownIds, REPEATS_WITHIN } from "@fleetlog/log";
import { uuidOf } from "../kurrent/messages/uuid.ts";
import { placeOf } from "../kurrent/streams/names.ts";
import { attributesOf } from "../kurrent/streams/record.ts";
import { Checkpoint } from "./checkpoint.ts";
import { type Entry, TargetStreams } from "./streams.ts";
import { MirrorError, Target } from "./target.ts";

const BATCH = 1_000;
/** Maximum number of concurrent appends, each to another stream. */
const AT_ONCE = 32;
const PATIENCE_MS = 60_000;
const CHECKPOINT_MS = 5_000;

export interface MirrorOptions {
  readonly log: Pick<EventLog, "read" | "subscribe" | "state">;
  /** A connection string of KurrentDB. */
  readonly to: string;
  /** Prefix of the names of all streams. */
  readonly prefix?: string;
  /** Whether to follow new events until the signal aborts. */
  readonly follow?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Called when the target can't be reached, before the mirror tries again. */
  readonly onWaiting?: (error: unknown) => void;
  /** Milliseconds that the target may be away, unless `follow` is set. */
  readonly patienceMs?: number;
}

export interface MirrorProgress {
  /** Every event up to this sequence of FLEET is in the target. */
  readonly seq: number;
  /** The last sequence that was in FLEET at the start. */
  readonly goal: number;
  /** Events that this run has appended. */
  readonly written: number;
}

/**
 * Appends FLEET to a KurrentDB: the events of a device to the stream `device-<id>`, others to streams named after their
 * category, as the Kurrent endpoint names them. A run continues where the last one ended;
 * no event is left out or appended twice. Repeats are left out, as in views.
 *
 * @throws MirrorError if it can't go on
 */
export async function mirror(options: MirrorOptions): Promise<MirrorProgress> {
  const { log, to, signal, follow = false, prefix = "" } = options;
  const target = new Target(to);
  try {
    const { lastSeq: goal } = await log.state("FLEET");
    const logId = await firstId(log, follow, signal);
    if (logId === undefined) return { seq: 0, goal, written: 0 };
    const streams = new TargetStreams({
      target,
      log: logId,
      signal,
      patienceMs: follow ? undefined : (options.patienceMs ?? PATIENCE_MS),
      onWaiting: (error) => options.onWaiting?.(error),
    });
    const checkpoint = await Checkpoint.open({ target, streams, stream: `${prefix}fleetlog-mirror`, log: logId });
    const run = new Run(options, streams, checkpoint, logId, goal);
    await run.run();
    return run.progress;
  } catch (error) {
    // The signal has interrupted a pause before another try, so the error is not a failure of the mirror.
    if (signal.aborted && !(error instanceof MirrorError)) throw new Stopped();
    throw error;
  } finally {
    await target.close();
  }
}

/** The signal has ended a run that was waiting for the target. */
export class Stopped extends Error {}

class Run {
  readonly #options: MirrorOptions;
  readonly #streams: TargetStreams;
  readonly #checkpoint: Checkpoint;
  readonly #logId: string;
  readonly #goal: number;
  readonly #done = Promise.withResolvers<void>();
  readonly #ids = new KnownIds();
  #seq: number;
  #written = 0;
  #savedAt = performance.now();

  constructor(options: MirrorOptions, streams: TargetStreams, checkpoint: Checkpoint, logId: string, goal: number) {
    this.#options = options;
    this.#streams = streams;
    this.#checkpoint = checkpoint;
    this.#logId = logId;
    this.#goal = goal;
    this.#seq = checkpoint.seq;
  }

  get progress(): MirrorProgress {
    return { seq: this.#seq, goal: this.#goal, written: this.#written };
  }

  async run(): Promise<void> {
    const { log, follow = false, signal } = this.#options;
    if (signal.aborted || (!follow && this.#seq >= this.#goal)) return;
    const end = () => this.#done.resolve();
    signal.addEventListener("abort", end, { once: true });
    const onBatch = (batch: Batch) => this.#take(batch);
    // The events before the checkpoint are read for their ids, because new events may repeat them.
    const from = Math.max(1, this.#seq + 1 - REPEATS_WITHIN);
    const subscription = log.subscribe({ stream: "FLEET", from, maxBatch: BATCH, onBatch });
    try {
      await Promise.race([this.#done.promise, subscription.ended]);
      await subscription.stop();
      await subscription.ended;
    } finally {
      signal.removeEventListener("abort", end);
      await subscription.stop();
    }
    await this.#checkpoint.save(this.#seq);
  }

  async #take({ events, throughSeq }: Batch): Promise<void> {
    const mirrored = this.#seq;
    const wanted = events.filter(({ id, seq }) => this.#ids.add(id) && seq > mirrored);
    if (throughSeq <= mirrored) return;
    const byStream = Map.groupBy(
      wanted.flatMap((event) => this.#entryOf(event) ?? []),
      ({ stream }) => stream,
    );
    const waiting = [...byStream];
    const worker = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const written = await this.#streams.write(...next);
        this.#written += written;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.#seq = throughSeq;
    this.#options.onProgress?.(this.progress);
    if (this.#options.follow !== true && this.#seq >= this.#goal) this.#done.resolve();
    if (performance.now() - this.#savedAt < CHECKPOINT_MS) return;
    await this.#checkpoint.save(this.#seq);
    this.#savedAt = performance.now();
  }

  /** Undefined for an entry of the log that is in no stream. */
  #entryOf(event: RecordedEvent): (Entry & { readonly stream: string }) | undefined {
    const place = placeOf(event.subject);
    if (place === undefined) return undefined;
    const { seq, type, data } = event;
    const metadata = { ...attributesOf(event), seq, log: this.#logId };
    const bytes = JSON.stringify(data).length + JSON.stringify(metadata).length;
    const stream = (this.#options.prefix ?? "") + place.stream;
    return { stream, seq, bytes, event: { id: uuidOf(event.id), type, data, metadata } };
  }
}

/** The id of the log's first event, which tells it from other logs. Waits for the event if new events are followed. */
async function firstId(log: MirrorOptions["log"], follow: boolean, signal: AbortSignal): Promise<string | undefined> {
  for await (const { id } of log.read({ stream: "FLEET", limit: 1 })) return id;
  if (!follow || signal.aborted) return undefined;
  const first = Promise.withResolvers<string | undefined>();
  signal.addEventListener("abort", () => first.resolve(undefined), { once: true });
  const subscription = log.subscribe({
    stream: "FLEET",
    from: 1,
    onBatch: ({ events: [event] }) => {
      if (event !== undefined) first.resolve(event.id);
    },
  });
  subscription.ended.catch(first.reject);
  try {
    return await first.promise;
  } finally {
    await subscription.stop();
  }
}
