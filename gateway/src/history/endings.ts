import {
  type EventBody,
  type GatewayEvent,
  isSameSession,
  type OpenSession,
  type RecordedEvent,
  type SessionReference,
  session,
} from "@fleetlog/domain";
import type { EventLog, ReadQuery } from "@fleetlog/log";

/** A session of a device, as long as its own history says that it was open. */
interface Held {
  readonly open: OpenSession;
  /** Where that history closes it or has the next one take over; infinite: not yet. */
  until: number;
}

/** What ended an incarnation, for all its sessions that were opened from `since` on, up to this end. */
interface Known {
  readonly since: number;
  readonly end: RecordedEvent<GatewayEvent>;
}

/** Events of one device in the log's order without a gap, and where in the log they lie. */
export interface Stretch {
  readonly device: string;
  readonly events: readonly RecordedEvent[];
  /** Sequences, inclusive. */
  readonly from: number;
  readonly through: number;
}

/** Incarnations whose end is remembered; each takes some 600 bytes. */
const REMEMBERED = 10_000;
/** Read at once to find an event that is one of the first two as a rule: each costs, where the log is long. */
const FEW = 4;

/**
 * Ends of gateways' incarnations, as far as they ended a device's session: one event in the log ends all sessions of an
 * incarnation (GatewayLost, GatewayStopped, or GatewayStarted of the next), and it is in no device's own history. Found
 * by the gateway's own subject, so that nothing else is read; an end never changes, and is remembered.
 */
export class Endings {
  readonly #log: EventLog;
  readonly #remembered: number;
  readonly #ends = new Map<string, Known>();

  constructor(log: EventLog, remembered = REMEMBERED) {
    this.#log = log;
    this.#remembered = remembered;
  }

  /** The ends that lie in the stretch and ended a session of its device, in the log's order. */
  async within(stretch: Stretch): Promise<RecordedEvent[]> {
    const before = await this.#openBefore(stretch);
    const found = new Map<number, RecordedEvent>();
    for (const { open, until } of heldIn(stretch.events, before)) {
      const end = await this.#endOf(open, stretch.through);
      if (end === undefined || end.seq > until || end.seq < stretch.from || end.seq > stretch.through) continue;
      found.set(end.seq, end);
    }
    return [...found.values()].sort((a, b) => a.seq - b.seq);
  }

  /** The session that the device's own history leaves open where the stretch begins. */
  async #openBefore({ device, from }: Stretch): Promise<OpenSession | undefined> {
    const closed: SessionReference[] = [];
    const query = { stream: "FLEET", category: "session", entity: device, direction: "backwards" } as const;
    for await (const event of inPages(this.#log, { ...query, fromSeq: from - 1 })) {
      if (event.type === "SessionClosed") closed.push(event.data);
      if (event.type !== "SessionOpened") continue;
      const { open } = session.evolve(session.initial, event);
      return open !== undefined && closed.some((one) => isSameSession(one, open)) ? undefined : open;
    }
    return undefined;
  }

  /** What ended the incarnation after the session was opened; undefined: nothing has, up to `through`. */
  async #endOf(open: OpenSession, through: number): Promise<RecordedEvent<GatewayEvent> | undefined> {
    const key = `${open.gateway} ${open.incarnation}`;
    const known = this.#ends.get(key);
    // One that wrote on after it was declared lost ends once more, by the start of the next.
    if (known !== undefined && known.since <= open.epoch && open.epoch < known.end.seq) return known.end;
    const query = { stream: "FLEET", category: "gateway", entity: open.gateway, direction: "forwards" } as const;
    for await (const event of inPages(this.#log, { ...query, fromSeq: open.epoch + 1 })) {
      if (event.seq > through) break;
      if (session.evolve({ open }, event).open !== undefined) continue;
      const end = event as RecordedEvent<GatewayEvent>;
      this.#remember(key, { since: open.epoch, end });
      return end;
    }
    return undefined;
  }

  #remember(key: string, known: Known): void {
    this.#ends.set(key, known);
    if (this.#ends.size <= this.#remembered) return;
    for (const oldest of this.#ends.keys()) {
      this.#ends.delete(oldest);
      return;
    }
  }
}

async function* inPages(
  log: EventLog,
  query: ReadQuery & { readonly fromSeq: number; readonly direction: "forwards" | "backwards" },
): AsyncGenerator<RecordedEvent> {
  const step = query.direction === "forwards" ? 1 : -1;
  for (let { fromSeq } = query; fromSeq > 0; ) {
    let read = 0;
    for await (const event of log.read({ ...query, fromSeq, limit: FEW })) {
      read++;
      fromSeq = event.seq + step;
      yield event;
    }
    if (read < FEW) return;
  }
}

function heldIn(events: readonly RecordedEvent<EventBody>[], before: OpenSession | undefined): Held[] {
  const held: Held[] = before === undefined ? [] : [{ open: before, until: Number.POSITIVE_INFINITY }];
  let state = before === undefined ? session.initial : { open: before };
  for (const event of events) {
    const next = session.evolve(state, event);
    if (next === state) continue;
    const last = held.at(-1);
    if (last !== undefined && last.until === Number.POSITIVE_INFINITY) last.until = event.seq;
    if (next.open !== undefined) held.push({ open: next.open, until: Number.POSITIVE_INFINITY });
    state = next;
  }
  return held;
}
