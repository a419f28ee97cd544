import {
  type EventBody,
  type GatewayEvent,
  isSameSession,
  type OpenSession,
  type RecordedEvent,
  type SessionReference,
  sessionDecider,
} from "@fleetlog/domain";
import type { EventLog, ReadQuery } from "./log.ts";

interface OpenPeriod {
  readonly open: OpenSession;
  /** Sequence of the event that closed or replaced the session; infinity if there is none. */
  until: number;
}

/** The event that ended the sessions of one incarnation, for all sessions opened at or after `since`. */
interface CachedEnd {
  readonly since: number;
  readonly end: RecordedEvent<GatewayEvent>;
}

/** All events of a device between two sequences, in log order. */
export interface EventRange {
  readonly device: string;
  readonly events: readonly RecordedEvent[];
  /** Inclusive sequences. */
  readonly from: number;
  readonly through: number;
}

/** Each cached end takes about 600 bytes. */
const MAX_CACHED = 10_000;
/** Events that one read may return. Each is slow to find in a long log, and the first two usually suffice. */
const BATCH = 4;

/**
 * Finds the gateway events that ended a device's sessions. Such an event ends all sessions of one incarnation of a gateway
 * (one run of its process), so it is not among the device's own events. Ends never change, so they are cached.
 */
export class IncarnationEnds {
  readonly #log: Pick<EventLog, "read">;
  readonly #maxCached: number;
  readonly #cached = new Map<string, CachedEnd>();

  constructor(log: Pick<EventLog, "read">, maxCached = MAX_CACHED) {
    this.#log = log;
    this.#maxCached = maxCached;
  }

  async within(range: EventRange): Promise<RecordedEvent[]> {
    const before = await this.#openBefore(range);
    const found = new Map<number, RecordedEvent>();
    const running = new Set<string>();
    for (const { open, until } of openPeriods(range.events, before)) {
      const key = keyOf(open);
      // The search for an earlier session of this incarnation has found no end.
      if (running.has(key)) continue;
      const end = await this.#endOf(open, range.through);
      if (end === undefined) running.add(key);
      if (end === undefined || end.seq > until || end.seq < range.from || end.seq > range.through) continue;
      found.set(end.seq, end);
    }
    return [...found.values()].sort((a, b) => a.seq - b.seq);
  }

  async #openBefore({ device, from }: EventRange): Promise<OpenSession | undefined> {
    const closed: SessionReference[] = [];
    const query = { stream: "FLEET", category: "session", entity: device, direction: "backwards" } as const;
    for await (const event of inBatches(this.#log, { ...query, fromSeq: from - 1 })) {
      if (event.type === "SessionClosed") closed.push(event.data);
      if (event.type !== "SessionOpened") continue;
      const { open } = sessionDecider.evolve(sessionDecider.initial, event);
      return open !== undefined && closed.some((reference) => isSameSession(reference, open)) ? undefined : open;
    }
    return undefined;
  }

  /** The first event that ended the session's incarnation; undefined if there is none up to `through`. */
  async #endOf(open: OpenSession, through: number): Promise<RecordedEvent<GatewayEvent> | undefined> {
    const key = keyOf(open);
    const cached = this.#cached.get(key);
    // An incarnation that wrote after it was declared lost ends again when the next incarnation starts.
    if (cached !== undefined && cached.since <= open.epoch && open.epoch < cached.end.seq) return cached.end;
    const query = { stream: "FLEET", category: "gateway", entity: open.gateway, direction: "forwards" } as const;
    for await (const event of inBatches(this.#log, { ...query, fromSeq: open.epoch + 1 })) {
      if (event.seq > through) break;
      if (sessionDecider.evolve({ open }, event).open !== undefined) continue;
      const end = event as RecordedEvent<GatewayEvent>;
      this.#cache(key, { since: open.epoch, end });
      return end;
    }
    return undefined;
  }

  #cache(key: string, cached: CachedEnd): void {
    this.#cached.set(key, cached);
    if (this.#cached.size <= this.#maxCached) return;
    for (const oldest of this.#cached.keys()) {
      this.#cached.delete(oldest);
      return;
    }
  }
}

function keyOf({ gateway, incarnation }: OpenSession): string {
  return `${gateway} ${incarnation}`;
}

async function* inBatches(
  log: Pick<EventLog, "read">,
  query: ReadQuery & { readonly fromSeq: number; readonly direction: "forwards" | "backwards" },
): AsyncGenerator<RecordedEvent> {
  const step = query.direction === "forwards" ? 1 : -1;
  for (let { fromSeq } = query; fromSeq > 0; ) {
    let read = 0;
    for await (const event of log.read({ ...query, fromSeq, limit: BATCH })) {
      read++;
      fromSeq = event.seq + step;
      yield event;
    }
    if (read < BATCH) return;
  }
}

function openPeriods(events: readonly RecordedEvent<EventBody>[], before: OpenSession | undefined): OpenPeriod[] {
  const periods: OpenPeriod[] = before === undefined ? [] : [{ open: before, until: Number.POSITIVE_INFINITY }];
  let state = before === undefined ? sessionDecider.initial : { open: before };
  for (const event of events) {
    const next = sessionDecider.evolve(state, event);
    if (next === state) continue;
    const last = periods.at(-1);
    if (last !== undefined && last.until === Number.POSITIVE_INFINITY) last.until = event.seq;
    if (next.open !== undefined) periods.push({ open: next.open, until: Number.POSITIVE_INFINITY });
    state = next;
  }
  return periods;
}
