import { setTimeout as delay } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { EventLog, StoredEntry } from "@fleetlog/log";
import { pauseAfter } from "@fleetlog/runtime";
import { LoopTurns } from "@fleetlog/runtime/node";
import type { Source } from "../streams/names.ts";
import type { Slots } from "./slots.ts";

/** A call whose client does not read for this long releases its slot to waiting calls. */
const PATIENCE_MS = 100;
/** A long read releases its slot to waiting calls after this time. */
const TURN_MS = 500;
const RETRIES = { firstMs: 100, longestMs: 2_000, jitter: "none" } as const;

/** `stop`: end the scan. A promise: wait for it before the next entry. */
export type Taken = undefined | "stop" | Promise<void>;

export interface ScanOptions {
  readonly log: Pick<EventLog, "pages">;
  readonly slots: Slots;
  readonly source: Source;
  readonly backwards?: boolean;
  /** Inclusive. */
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
  readonly take: (entry: StoredEntry) => Taken;
  /** Called from time to time. */
  readonly pause?: () => Promise<void> | undefined;
}

/**
 * Reads the entries of a source from the log. A client that is slower than the log keeps no reader of the log open. While the
 * log is away, the scan waits.
 */
export async function scan(options: ScanOptions): Promise<void> {
  const { slots, signal, to, backwards = false } = options;
  const isPast = (seq: number) => (backwards ? seq < to : seq > to);
  const place = { next: options.from };
  for (let failures = 0; !signal.aborted && !isPast(place.next); ) {
    const before = place.next;
    const release = await slots.take();
    let end: TurnEnd;
    try {
      end = await turn(options, place, isPast);
    } catch (error) {
      if (!(error instanceof FleetError) || error.code !== "log-unavailable") throw error;
      failures = place.next === before ? failures + 1 : 1;
      end = { until: pause(pauseAfter(failures, RETRIES), signal) };
    } finally {
      release();
    }
    if (end === "done") return;
    if (end !== "turn") await end.until;
  }
}

/** `until`: when the scan can go on. */
type TurnEnd = "done" | "turn" | { readonly until: Promise<void> };

async function turn(
  { log, slots, source, backwards = false, signal, take, pause: between }: ScanOptions,
  place: { next: number },
  isPast: (seq: number) => boolean,
): Promise<TurnEnd> {
  const began = performance.now();
  const turns = new LoopTurns();
  const { stream, query } = source;
  const direction = backwards ? "backwards" : "forwards";
  for await (const page of log.pages({ stream, ...query, direction, fromSeq: place.next })) {
    for (const entry of page) {
      if (signal.aborted || isPast(entry.seq)) return "done";
      place.next = entry.seq + (backwards ? -1 : 1);
      const result = take(entry);
      if (result === "stop") return "done";
      if (result !== undefined && !(await within(result))) return { until: result };
      const isDue = turns.due();
      if (isDue === undefined) continue;
      await between?.();
      await isDue;
      if (slots.contended && performance.now() - began > TURN_MS) return "turn";
    }
  }
  return "done";
}

/**
 * Whether the promise resolves before the patience ends. Called every few hundred events: `node:timers/promises` with a
 * signal would take a twentieth of the read's time.
 */
function within(promise: Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => resolve(false), PATIENCE_MS);
    promise.then(() => resolve(true), reject).finally(() => clearTimeout(patience));
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
