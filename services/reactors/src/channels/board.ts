import {
  accountOf,
  type Channel,
  channelEvents,
  type Delivery,
  delivery as decider,
  definitionEntity,
  deliveryEvents,
  type FeedStream,
  isEventOf,
  MAIN_ACCOUNT,
  type RecordedEvent,
  sameJson,
} from "@fleetlog/domain";

export interface BoardChannel {
  /** The entity of its events. */
  readonly entity: string;
  readonly name: string;
  readonly account: string;
  readonly definition: Channel;
  /** Sequence of the newest definition. */
  readonly seq: number;
  /** Sequence of the definition that set where its feed starts. */
  readonly since: number;
  readonly deleted?: true;
}

export interface Waiting {
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
  readonly sentThrough: Map<string, number>;
}

/** Ids of a feed's deliveries say which start of the feed they belong to, and which events they have. */
export function feedDeliveryId(since: number, stream: FeedStream, from: number, through: number): string {
  return `${feedPrefix(since)}${stream}-${from}-${through}`;
}

export function feedPrefix(since: number): string {
  return `feed-${since}-`;
}

/** What is known of channels and deliveries, from their events. It has no clock and no I/O, and an event may come twice. */
export class Board {
  readonly channels = new Map<string, BoardChannel>();
  /** By channel, the oldest first. */
  readonly #waiting = new Map<string, Map<string, Waiting>>();
  /** Ended deliveries, so that a repeated event does not open them again. Only the newest are kept. */
  readonly #ended = new Set<string>();
  readonly #progress = new Map<string, Progress>();
  readonly #channelSeqs = new Map<string, number>();

  apply(event: RecordedEvent): void {
    if (isEventOf(channelEvents, event)) this.#applyChannel(event);
    else if (isEventOf(deliveryEvents, event)) this.#applyDelivery(event);
  }

  /** Deliveries of a channel that were neither sent nor given up, the oldest first. */
  waitingFor(entity: string): readonly Waiting[] {
    return [...(this.#waiting.get(entity)?.values() ?? [])];
  }

  /** The channels that are defined, and the deleted ones for which deliveries wait. */
  all(): readonly BoardChannel[] {
    const deleted = [...this.#waiting].flatMap(([entity, waiting]) => {
      const [first] = waiting.values();
      const isDeleted = this.#channelSeqs.has(entity) && !this.channels.has(entity);
      return first !== undefined && isDeleted ? [deletedChannel(entity, first)] : [];
    });
    return [...this.channels.values(), ...deleted];
  }

  /** Failed tries since the last that succeeded, and when the last one failed. */
  failuresOf(entity: string): { readonly failures: number; readonly failedAt: number } {
    return this.#progress.get(entity) ?? { failures: 0, failedAt: 0 };
  }

  /** The newest sequence that a feed has sent, of those that the board has seen. */
  sentThrough(entity: string, since: number, stream: FeedStream): number {
    return this.#progress.get(entity)?.sentThrough.get(`${since} ${stream}`) ?? 0;
  }

  /** A restarted process need not read the events of DELIVERY up to this sequence again. */
  get processedThrough(): number {
    let through = Number.MAX_SAFE_INTEGER;
    for (const waiting of this.#waiting.values())
      for (const { seq } of waiting.values()) through = Math.min(through, seq - 1);
    return through;
  }

  #applyChannel(event: Extract<RecordedEvent, { type: "ChannelDefined" | "ChannelDeleted" }>): void {
    const { seq, type, data } = event;
    const entity = definitionEntity(data);
    if (seq <= (this.#channelSeqs.get(entity) ?? 0)) return;
    this.#channelSeqs.set(entity, seq);
    const before = this.channels.get(entity);
    if (type === "ChannelDeleted") {
      this.channels.delete(entity);
      return;
    }
    const { name, account = MAIN_ACCOUNT, definition } = data;
    const old = before?.definition.events;
    const continues = old !== undefined && sameJson(old.after ?? {}, definition.events?.after ?? {});
    const since = before !== undefined && continues ? before.since : seq;
    this.channels.set(entity, { entity, name, account, definition, seq, since });
  }

  #applyDelivery(event: Extract<RecordedEvent, { type: keyof typeof deliveryEvents }>): void {
    const { delivery: id, channel: name } = event.data;
    if (this.#ended.has(id)) return;
    const account = accountOf(event);
    const entity = definitionEntity({ name, account });
    const waiting = this.#waiting.get(entity) ?? new Map<string, Waiting>();
    const known = waiting.get(id);
    const after = decider.evolve(known?.delivery, event);
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
    this.#ended.add(id);
    if (this.#ended.size > 10_000) for (const oldest of [...this.#ended].slice(0, 1_000)) this.#ended.delete(oldest);
  }

  #note(entity: string, { type, data }: RecordedEvent, at: number): void {
    if (type === "DeliveryRequested") return;
    const { delivery, events } = data as { readonly delivery: string; readonly events?: Delivery["events"] };
    const progress = this.#progress.get(entity) ?? { failures: 0, failedAt: 0, sentThrough: new Map() };
    this.#progress.set(entity, progress);
    if (type === "DeliverySent") progress.failures = 0;
    else {
      progress.failures += 1;
      progress.failedAt = at;
    }
    if (events === undefined || type === "DeliveryFailed") return;
    const key = `${/^feed-(\d+)-/.exec(delivery)?.[1]} ${events.stream}`;
    progress.sentThrough.set(key, Math.max(progress.sentThrough.get(key) ?? 0, events.through));
  }
}

function deletedChannel(entity: string, { delivery, account }: Waiting): BoardChannel {
  const definition: Channel = { kind: "email", enabled: false, settings: "" };
  return { entity, name: delivery.channel, account, definition, seq: 0, since: 0, deleted: true };
}
