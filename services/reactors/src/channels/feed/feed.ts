import {
  accountOf,
  type Category,
  type ChannelFeed,
  DEVICE_CATEGORIES,
  type DeliveredEvents,
  FEED_STREAMS,
  type FeedStream,
  parseSubject,
  type RecordedEvent,
  streamOf,
} from "@fleetlog/domain";
import type { Views } from "@fleetlog/fleet";
import { type EventLog, KnownIds } from "@fleetlog/log";
import { type ChannelDeliveries, feedDeliveryId, feedPrefix, type KnownChannel } from "../channel-deliveries.ts";
import type { FeedPositions } from "./positions.ts";

export interface FeedBatch {
  readonly id: string;
  readonly range: DeliveredEvents;
  /** Empty if no event of the range matches any more, such as after a change of tags. */
  readonly events: readonly RecordedEvent[];
}

export interface FeedParts {
  readonly log: Pick<EventLog, "read" | "state">;
  readonly views: Views;
  readonly deliveries: ChannelDeliveries;
  readonly positions: FeedPositions;
}

interface Found {
  readonly events: readonly RecordedEvent[];
  readonly through: number;
}

const MAX_EVENTS = 100;
const MAX_BYTES = 512 * 1024;
/**
 * The maximum for a batch that comes again. More of its events may match by now, if the channel's definition was
 * changed.
 */
const MAX_BYTES_AGAIN = 4 * 1024 * 1024;
/** Maximum number of events that one read examines. */
const SCAN = 1_000;
/** Minimum number of the newest ids of sent events that are remembered. */
const KNOWN_IDS = 10_000;
const ALL_BUT_TELEMETRY: readonly Category[] = DEVICE_CATEGORIES.filter((one) => one !== "telemetry");

/** The events of one webhook, in the order of each stream, each once. A batch comes again until {@link done}. */
export class Feed {
  readonly #channel: KnownChannel;
  readonly #parts: FeedParts;
  readonly #feed: ChannelFeed;
  readonly #streams: readonly FeedStream[];
  /** Ids of the events that were sent or given up. */
  #done: KnownIds | undefined;
  #batch: FeedBatch | undefined;
  #turn = 0;

  constructor(channel: KnownChannel, feed: ChannelFeed, parts: FeedParts) {
    this.#channel = channel;
    this.#feed = feed;
    this.#parts = parts;
    const categories = this.#categories;
    this.#streams = FEED_STREAMS.filter((stream) => categories.some((one) => streamOf(one) === stream));
  }

  /** Undefined if there is nothing to send now. @throws FleetError errors of the log and of `Views.query` */
  async next(): Promise<FeedBatch | undefined> {
    this.#batch ??= await this.#begun();
    for (const _ of this.#streams) {
      if (this.#batch !== undefined) break;
      const stream = this.#streams[this.#turn++ % this.#streams.length];
      if (stream !== undefined) this.#batch = await this.#nextOf(stream);
    }
    return this.#batch;
  }

  /** The batch was sent or given up. */
  done({ id, range }: FeedBatch): void {
    if (this.#batch?.id !== id) return;
    this.#done ??= new KnownIds(KNOWN_IDS);
    for (const event of this.#batch.events) this.#done.add(event.id);
    this.#batch = undefined;
    this.#advance(range.stream, range.through);
  }

  /** The batch that must be sent again: a try has failed, or a process that began to send it did not record the outcome. */
  async #begun(): Promise<FeedBatch | undefined> {
    const { entity, since } = this.#channel;
    const { deliveries, positions } = this.#parts;
    const waiting = deliveries.waitingFor(entity);
    const failed = waiting.find(({ delivery }) => delivery.events && delivery.id.startsWith(feedPrefix(since)));
    const range = failed?.delivery.events ?? (await positions.begunBy(entity, since));
    if (range === undefined) return undefined;
    const { stream, from, through } = range;
    if (failed === undefined && deliveries.sentThrough(entity, since, stream) >= from) return undefined;
    const limits = { maxEvents: SCAN, maxBytes: MAX_BYTES_AGAIN };
    const { events, through: readThrough } = await this.#read(stream, from, through, limits);
    const id = failed?.delivery.id ?? feedDeliveryId(since, stream, from, through);
    // The rest comes with the next batch.
    const part = { ...range, through: readThrough, count: events.length };
    return { id, range: readThrough < through ? part : range, events };
  }

  async #nextOf(stream: FeedStream): Promise<FeedBatch | undefined> {
    const { lastSeq } = await this.#parts.log.state(stream);
    const position = await this.#position(stream, lastSeq);
    if (lastSeq <= position) return undefined;
    const from = position + 1;
    const { events, through } = await this.#read(stream, from, lastSeq);
    const first = events[0];
    if (first === undefined) {
      this.#advance(stream, through);
      return undefined;
    }
    const range = { stream, from: first.seq, through, count: events.length };
    const { entity, since } = this.#channel;
    await this.#parts.positions.begin(entity, since, range);
    return { id: feedDeliveryId(since, stream, range.from, through), range, events };
  }

  async #position(stream: FeedStream, lastSeq: number): Promise<number> {
    const { entity, since } = this.#channel;
    const { deliveries, positions } = this.#parts;
    const sent = deliveries.sentThrough(entity, since, stream);
    const saved = await positions.get(entity, since, stream);
    if (saved !== undefined || sent > 0) return Math.max(saved ?? 0, sent);
    const start = this.#feed.after?.[stream] ?? (stream === "FLEET" ? since : lastSeq);
    positions.set(entity, since, stream, start);
    // Saved at once, because a restart without a saved position would skip the telemetry that was stored before it.
    await positions.save();
    return start;
  }

  #advance(stream: FeedStream, through: number): void {
    const { entity, since } = this.#channel;
    this.#parts.positions.set(entity, since, stream, through);
  }

  async #read(
    stream: FeedStream,
    from: number,
    to: number,
    { maxEvents, maxBytes } = { maxEvents: MAX_EVENTS, maxBytes: MAX_BYTES },
  ): Promise<Found> {
    const categories = this.#categories.filter((one) => streamOf(one) === stream);
    const events = new Map<string, RecordedEvent>();
    let bytes = 0;
    let scanned = 0;
    let through = to;
    for await (const event of this.#parts.log.read({ stream, categories, fromSeq: from, limit: SCAN })) {
      if (event.seq > to) break;
      scanned += 1;
      if (this.#isWanted(event) && !events.has(event.id)) {
        events.set(event.id, event);
        bytes += JSON.stringify(event).length;
      }
      if (scanned < SCAN && events.size < maxEvents && bytes < maxBytes) continue;
      through = event.seq;
      break;
    }
    return { events: await this.#withTags([...events.values()]), through };
  }

  #isWanted(event: RecordedEvent): boolean {
    const { types } = this.#feed;
    if (this.#done?.has(event.id)) return false;
    return accountOf(event) === this.#channel.account && (types === undefined || types.includes(event.type));
  }

  async #withTags(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
    const { tags } = this.#feed;
    if (tags === undefined || events.length === 0) return events;
    const ids = [...new Set(events.map(deviceOf))];
    // The views must have read the registration of each FLEET event's device. A device that sends telemetry was
    // registered long before.
    const atLeast = Math.max(0, ...events.filter(({ stream }) => stream === "FLEET").map(({ seq }) => seq));
    const options = { scope: { tags }, whenAway: "wait", atLeast } as const;
    const found = new Set((await this.#parts.views.query("devices.rows", { ids }, options)).map(({ id }) => id));
    return events.filter((event) => found.has(deviceOf(event)));
  }

  get #categories(): readonly Category[] {
    return this.#feed.categories ?? ALL_BUT_TELEMETRY;
  }
}

function deviceOf({ subject }: RecordedEvent): string {
  return parseSubject(subject)?.entity ?? "";
}
