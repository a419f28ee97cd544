import {
  accountOf,
  type Channel,
  channelEvents,
  type Delivery,
  definitionEntity,
  deliveryDecider,
  deliveryEvents,
  type FeedStream,
  isEventOf,
  MAIN_ACCOUNT,
  type RecordedEvent,
  sameJson,
} from "@fleetlog/domain";
import { KnownIds } from "@fleetlog/log";

/** At least this many of the newest event ids are remembered. */
const KNOWN_IDS = 10_000;

export interface KnownChannel {
  /** The entity of the channel's events. */
  readonly entity: string;
  readonly name: string;
  readonly account: string;
  /** Undefined if only deliveries are known: the channel was deleted, or its definition has not been read yet. */
  readonly definition: Channel | undefined;
  /** Sequence of the newest definition. */
  readonly seq: number;
  /** Sequence of the definition that set where its feed (the events that a webhook gets) starts. */
  readonly since: number;
}

export interface WaitingDelivery {
  readonly delivery: Delivery;
  readonly entity: string;
  readonly account: string;
  /** Sequence of its first event in DELIVERY. */
  readonly seq: number;
  /** When it was requested or first tried, in milliseconds since the epoch. */
  readonly at: number;
}

interface Progress {
  failures: number;
  failedAt: number;
  /** Start of the feed that `sentThrough` belongs to: see {@link KnownChannel}. */
  since: number;
  readonly sentThrough: Map<FeedStream, number>;
}

/** The id of a feed's delivery contains the start of the feed and the range of its events. */
export function feedDeliveryId(since: number, stream: FeedStream, from: number, through: number): string {
  return `${feedPrefix(since)}${stream}-${from}-${through}`;
}

export function feedPrefix(since: number): string {
  return `feed-${since}-`;
}

/** The defined channels, and the deliveries that wait for them, from their events. It has no clock and no I/O. */
export class ChannelDeliveries {
  readonly channels = new Map<string, KnownChannel>();
  readonly #ids = new KnownIds(KNOWN_IDS);
  /** The waiting deliveries of each channel, the oldest first. */
  readonly #waiting = new Map<string, Map<string, WaitingDelivery>>();
  readonly #progress = new Map<string, Progress>();

  /**
   * Applies each event once, even if the log has the event twice, or a worker has applied the event before it comes
   * from the log.
   */
  apply(event: RecordedEvent): void {
    if (!this.#ids.add(event.id)) return;
    if (isEventOf(channelEvents, event)) this.#applyChannel(event);
    else if (isEventOf(deliveryEvents, event)) this.#applyDelivery(event);
  }

  /** Deliveries of a channel that were neither sent nor given up, the oldest first. */
  waitingFor(entity: string): readonly WaitingDelivery[] {
    return [...(this.#waiting.get(entity)?.values() ?? [])];
  }

  /** The defined channels, and deleted or still unknown channels for which deliveries wait. */
  all(): readonly KnownChannel[] {
    const others = [...this.#waiting].flatMap(([entity, waiting]) => {
      const [first] = waiting.values();
      return first === undefined || this.channels.has(entity) ? [] : [withoutDefinition(entity, first)];
    });
    return [...this.channels.values(), ...others];
  }

  /** The number of failed attempts since the last success, and the time of the last failure. */
  failuresOf(entity: string): { readonly failures: number; readonly failedAt: number } {
    return this.#progress.get(entity) ?? { failures: 0, failedAt: 0 };
  }

  /** The newest sequence that the feed has sent or given up. */
  sentThrough(entity: string, since: number, stream: FeedStream): number {
    const progress = this.#progress.get(entity);
    return (progress?.since === since && progress.sentThrough.get(stream)) || 0;
  }

  /** A restarted process need not read the events of DELIVERY up to this sequence again. */
  get processedThrough(): number {
    let through = Number.MAX_SAFE_INTEGER;
    for (const waiting of this.#waiting.values())
      for (const { seq } of waiting.values()) through = Math.min(through, seq - 1);
    return through;
  }

  #applyChannel({ seq, type, data }: Extract<RecordedEvent, { type: "ChannelDefined" | "ChannelDeleted" }>): void {
    const entity = definitionEntity(data);
    const before = this.channels.get(entity);
    if (type === "ChannelDeleted") {
      this.channels.delete(entity);
      this.#forgetIfGone(entity);
      return;
    }
    const { name, account = MAIN_ACCOUNT, definition } = data;
    const old = before?.definition?.events;
    const continues = old !== undefined && sameJson(old.after ?? {}, definition.events?.after ?? {});
    const since = before !== undefined && continues ? before.since : seq;
    this.channels.set(entity, { entity, name, account, definition, seq, since });
  }

  #applyDelivery(event: Extract<RecordedEvent, { type: keyof typeof deliveryEvents }>): void {
    const { delivery: id, channel: name } = event.data;
    const account = accountOf(event);
    const entity = definitionEntity({ name, account });
    const waiting = this.#waiting.get(entity) ?? new Map<string, WaitingDelivery>();
    const known = waiting.get(id);
    const after = deliveryDecider.evolve(known?.delivery, event);
    if (after === undefined || after === known?.delivery) return;
    const at = Date.parse(event.time);
    this.#note(entity, event, at);
    if (after.status === "waiting") {
      const first = known ?? { entity, account, seq: event.seq, at };
      this.#waiting.set(entity, waiting.set(id, { ...first, delivery: after }));
      return;
    }
    waiting.delete(id);
    if (waiting.size === 0) this.#waiting.delete(entity);
    this.#forgetIfGone(entity);
  }

  #note(entity: string, { type, data }: RecordedEvent, at: number): void {
    if (type === "DeliveryRequested" || type === "DeliveryRefused") return;
    const { delivery, events } = data as { readonly delivery: string; readonly events?: Delivery["events"] };
    const progress = this.#progress.get(entity) ?? { failures: 0, failedAt: 0, since: 0, sentThrough: new Map() };
    this.#progress.set(entity, progress);
    if (type === "DeliverySent") progress.failures = 0;
    else {
      progress.failures += 1;
      progress.failedAt = at;
    }
    if (events === undefined || type === "DeliveryFailed") return;
    const since = Number(/^feed-(\d+)-/.exec(delivery)?.[1] ?? 0);
    if (since < progress.since) return;
    if (since > progress.since) progress.sentThrough.clear();
    progress.since = since;
    const { stream, through } = events;
    progress.sentThrough.set(stream, Math.max(progress.sentThrough.get(stream) ?? 0, through));
  }

  /** Forgets the progress of a deleted channel for which no delivery waits any more. */
  #forgetIfGone(entity: string): void {
    if (!this.channels.has(entity) && !this.#waiting.has(entity)) this.#progress.delete(entity);
  }
}

function withoutDefinition(entity: string, { delivery, account }: WaitingDelivery): KnownChannel {
  return { entity, name: delivery.channel, account, definition: undefined, seq: 0, since: 0 };
}
