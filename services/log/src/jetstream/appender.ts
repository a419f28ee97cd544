import { type FleetEvent, type StreamName, streamOf } from "@fleetlog/domain";
import { createInbox, type Subscription as NatsSubscription } from "@nats-io/nats-core";
import { encodeEvent } from "../encode.ts";
import { Pressure } from "../flow/pressure.ts";
import { StatusBoard } from "../flow/status.ts";
import { type AppendWindow, Gate } from "../flow/window.ts";
import type { Appended, AppendOptions } from "../log.ts";
import type { Logger } from "../logger.ts";
import { checkEvent } from "../query.ts";
import { closed, notStored, overrun, tooLarge } from "../refusals.ts";
import { parseAck } from "./ack.ts";
import type { Fetcher } from "./fetch.ts";
import { Lane, type LaneHost, type LaneTiming } from "./lane.ts";
import type { Link } from "./link.ts";
import type { PendingAppend } from "./pending.ts";
import { findStored } from "./stored.ts";
import { streamRoom } from "./streams.ts";

/** Headers and protocol text beside an event; the server counts headers towards its largest payload. */
const OVERHEAD = 1_024;

/** Takes appends in, spreads them over the streams' lanes, and brings the acknowledgements back to them. */
export class Appender implements LaneHost {
  readonly pressure = new Pressure();
  readonly board = new StatusBoard("ready");
  readonly inbox: string;
  readonly #link: Link;
  readonly #fetcher: Fetcher;
  readonly #lanes: readonly Lane[];
  readonly #gates: readonly Gate[];
  readonly #laneOf: ReadonlyMap<StreamName, number>;
  readonly #acks: NatsSubscription;
  readonly #ticker: NodeJS.Timeout;
  #ready = true;
  #closed = false;
  #order = 0;
  #token = 0;
  #idle: () => void = () => {};

  constructor(link: Link, fetcher: Fetcher, streams: readonly StreamName[], window: AppendWindow, timing: LaneTiming) {
    this.#link = link;
    this.#fetcher = fetcher;
    this.#gates = streams.map(() => new Gate(window));
    this.#lanes = streams.map((stream, i) => new Lane(stream, this, this.#gates[i] ?? new Gate(window), timing));
    this.#laneOf = new Map(streams.map((stream, i) => [stream, i]));
    // One inbox for all: a subscription for every append would cost more than the append.
    const prefix = createInbox();
    this.inbox = `${prefix}.`;
    const skip = this.inbox.length;
    this.#acks = link.nc.subscribe(`${prefix}.*`, {
      callback: (_, message) => {
        const token = Number(message.subject.slice(skip));
        this.#lanes[token % streams.length]?.acknowledged(token, parseAck(message.data));
      },
    });
    this.#ticker = setInterval(() => this.#tick(), 1_000).unref();
  }

  get logger(): Logger {
    return this.#link.logger;
  }

  get up(): boolean {
    return this.#ready && this.#link.up;
  }

  nextToken(lane: Lane): number {
    return this.#token++ * this.#lanes.length + (this.#laneOf.get(lane.stream) ?? 0);
  }

  write(bytes: Uint8Array): void {
    this.#link.write(bytes);
  }

  findStored(appends: readonly PendingAppend[]): Promise<ReadonlyMap<string, number>> {
    return findStored(this.#fetcher, appends);
  }

  async takes(stream: StreamName, bytes: number): Promise<boolean> {
    return (await streamRoom(this.#link, stream)) >= bytes + OVERHEAD;
  }

  /** @throws FleetError as `EventLog.append` says */
  append(event: FleetEvent, options: AppendOptions): Promise<Appended> {
    const at = this.#laneOf.get(streamOf(checkEvent(event)));
    const lane = at === undefined ? undefined : this.#lanes[at];
    const gate = at === undefined ? undefined : this.#gates[at];
    if (lane === undefined || gate === undefined || this.#closed) throw closed();
    const json = encodeEvent(event);
    const bytes = Buffer.byteLength(json);
    if (bytes + OVERHEAD > this.#link.maxPayload) throw tooLarge(bytes);
    if (!gate.admit(bytes)) throw overrun();
    if (gate.full) this.changed();
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const { expectedLastSeq, patienceMs } = options;
    const pending: PendingAppend = {
      order: this.#order++,
      id: event.id,
      subject: event.subject,
      json,
      bytes,
      expectedLastSeq,
      impatient: patienceMs !== undefined,
      resolve,
      reject,
      settled: false,
      attempts: 0,
      firstSentAt: 0,
      sentAt: 0,
      after: 0,
    };
    lane.push(pending);
    return patienceMs === undefined ? promise : this.#within(patienceMs, lane, pending, promise);
  }

  async #within(patienceMs: number, lane: Lane, pending: PendingAppend, promise: Promise<Appended>): Promise<Appended> {
    const late = setTimeout(() => lane.giveUp(pending), patienceMs);
    try {
      return await promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** The streams' newest sequences, as the server told them. */
  knows(stream: StreamName, seq: number): void {
    this.#lanes[this.#laneOf.get(stream) ?? 0]?.knows(seq);
  }

  /** The link was lost. */
  lost(): void {
    this.#ready = false;
    for (const lane of this.#lanes) lane.lost();
    this.changed();
  }

  /** The link is back and the streams answer. */
  restored(): void {
    this.#ready = true;
    for (const lane of this.#lanes) lane.restored();
    this.changed();
  }

  changed(): void {
    const away = !this.#ready || this.#lanes.some(({ trouble }) => trouble === "away");
    const full = this.#lanes.some(({ trouble }) => trouble === "full");
    this.board.set(away ? "away" : full ? "full" : "ready");
    this.pressure.set(!this.#closed && (away || this.#gates.some((gate) => gate.full)));
    if (this.#closed && this.#lanes.every(({ idle }) => idle)) this.#idle();
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, timeoutMs);
      this.#idle = () => {
        clearTimeout(late);
        resolve();
      };
      this.changed();
    });
    clearInterval(this.#ticker);
    for (const lane of this.#lanes) lane.abandon(notStored());
    this.#acks.unsubscribe();
    this.pressure.set(false);
  }

  #tick(): void {
    const now = Date.now();
    if (this.up) for (const lane of this.#lanes) lane.tick(now);
  }
}
