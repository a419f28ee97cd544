import { randomUUID } from "node:crypto";
import {
  CATEGORY_OF,
  type Category,
  type EventBody,
  FleetError,
  type FleetEvent,
  type RecordedEvent,
  streamOf,
  toEvent,
} from "@fleetlog/domain";
import type { Appended, AppendOptions, AppendReceiver, EventLog, SerializedEvent } from "@fleetlog/log";
import { pauseAfter } from "@fleetlog/runtime";
import type { Decision, Loaded, Outcome } from "./decision.ts";
import { EventTexts } from "./event-texts.ts";
import { leftOutAfter } from "./left-out.ts";
import type { Metadata, Origin } from "./metadata.ts";

/** Attempts of one decision while other writers append to the entity. */
const ATTEMPTS = 8;
const PAUSES = { firstMs: 20, longestMs: 1_000, jitter: "half" } as const;

/** The log has refused an append after this load. */
interface Refused {
  readonly lastSeq: number | undefined;
  /** As {@link leftOutAfter}. */
  readonly leftOut: number | undefined;
}

/** The only way to append to the log. Completes events with metadata. */
export class Writer {
  readonly #log: EventLog;
  readonly #origin: Origin;
  readonly #common: Omit<Origin, "clock">;

  constructor(log: EventLog, origin: Origin) {
    this.#log = log;
    this.#origin = origin;
    const { clock: _, ...common } = origin;
    this.#common = common;
  }

  from(source: string): Writer {
    return new Writer(this.#log, { ...this.#origin, source });
  }

  /** A writer for events about a device of this account. */
  of(account: string): Writer {
    return new Writer(this.#log, { ...this.#origin, account });
  }

  /** @param entity the entity to whose history the event belongs */
  event<B extends EventBody>(body: B, entity: string, metadata?: Metadata): FleetEvent<B> {
    const time = timeText(this.#origin.clock());
    // An id is generated only if needed, because that takes time at tens of thousands of events a second.
    const id = metadata?.id ?? randomUUID();
    const frame = { ...this.#common, id, time, entity };
    return toEvent(body, metadata === undefined ? frame : { ...frame, ...metadata });
  }

  /** Serializes many events of one type and entity: see {@link serialize}. */
  texts(type: EventBody["type"], entity: string): EventTexts {
    return new EventTexts(type, entity, this.#common);
  }

  /** A new event as text, the same as that of an {@link event}. */
  serialize(
    texts: EventTexts,
    id: string | undefined,
    data: FleetEvent["data"],
    devicetime: string | undefined,
  ): SerializedEvent {
    return texts.serialize(id, timeText(this.#origin.clock()), data, devicetime);
  }

  appendText(event: SerializedEvent, receiver: AppendReceiver): void {
    this.#log.appendText(event, receiver);
  }

  /** Appends without a decision, for facts such as a device's measurement. */
  append(event: FleetEvent, options?: AppendOptions): Promise<Appended> {
    return this.#log.append(event, options);
  }

  /** Resolves when the log's back-pressure ends, for callers that can wait. */
  whenRelieved(): Promise<void> {
    return this.#log.whenRelieved();
  }

  /**
   * Loads, decides, and appends the decided event, if any. If `load` returns a sequence and another writer has appended
   * meanwhile, begins again. With a synchronous `load`, the events of several calls are appended in the order of the calls,
   * because each call reaches its append without a wait.
   * @throws errors of `load` and of the decider; FleetError `conflict` after eight attempts; errors of the append
   */
  async record<State, Command, Event extends EventBody>(
    decision: Decision<State, Command, Event>,
  ): Promise<Outcome<State, Event>> {
    let refused: Refused | undefined;
    for (let attempt = 1; ; attempt++) {
      const loading = decision.load();
      const loaded = loading instanceof Promise ? await loading : loading;
      const expected = loaded.lastSeq === refused?.lastSeq ? refused?.leftOut : undefined;
      const outcome = await this.#decide(decision, loaded, attempt === ATTEMPTS, expected);
      if (!("refused" in outcome)) return outcome;
      const { lastSeq } = loaded;
      let leftOut: number | undefined;
      if (lastSeq !== undefined && lastSeq === refused?.lastSeq) {
        // Somebody may have stored entries that are no events, which must not be in the way of decisions for ever.
        leftOut = await leftOutAfter(this.#log, outcome.refused, decision.entity, lastSeq);
        // A cluster refuses an append while it replicates an earlier event, which can't be loaded yet.
        if (leftOut === undefined) await new Promise((resolve) => setTimeout(resolve, pauseAfter(attempt - 1, PAUSES)));
      }
      refused = { lastSeq, leftOut };
    }
  }

  /**
   * Resolves with the event's category if the log has refused the append, and this is not the last attempt.
   * @param expected the entity's newest entry, if it is not the loaded one
   */
  async #decide<State, Command, Event extends EventBody>(
    { decider, command, entity, metadata, timeoutMs, beforeAppend, signal }: Decision<State, Command, Event>,
    { state, lastSeq, ids }: Loaded<State>,
    isLast: boolean,
    expected = lastSeq,
  ): Promise<Outcome<State, Event> | { readonly refused: Category }> {
    signal?.throwIfAborted();
    const given = typeof metadata === "function" ? metadata(state) : metadata;
    if (given?.id !== undefined && ids?.has(given.id) === true) {
      return { state, event: undefined, lastSeq: lastSeq ?? 0, duplicate: true };
    }
    const [body] = decider.decide(command, state);
    if (body === undefined) return { state, event: undefined, lastSeq: lastSeq ?? 0, duplicate: false };
    const event = this.event(body, entity, given);
    beforeAppend?.(event as FleetEvent);
    const options = {
      ...(expected !== undefined && { expectedLastSeq: expected }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    };
    let appended: Appended;
    try {
      appended = await this.#log.append(event as FleetEvent, options);
    } catch (error) {
      if (error instanceof FleetError && error.code === "conflict" && !isLast)
        return { refused: CATEGORY_OF[body.type] };
      throw error;
    }
    const { seq, duplicate } = appended;
    const recorded = { ...event, seq, stream: streamOf(CATEGORY_OF[body.type]) } as RecordedEvent<Event>;
    return { state: decider.evolve(state, recorded as RecordedEvent), event: recorded, lastSeq: seq, duplicate };
  }
}

let lastTime = Number.NaN;
let lastText = "";

/** RFC 3339 in UTC. Cached, because many events have the same millisecond. */
function timeText(milliseconds: number): string {
  if (milliseconds !== lastTime) {
    lastText = new Date(milliseconds).toISOString();
    lastTime = milliseconds;
  }
  return lastText;
}
