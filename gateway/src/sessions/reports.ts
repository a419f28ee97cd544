import {
  type DeviceState,
  device as deviceDecider,
  type EventBody,
  type EventFrame,
  type FleetEvent,
  reportId,
  toEvent,
} from "@fleetlog/domain";
import { type EventLog, encodeEvent, handle, type Loaded } from "@fleetlog/log";
import type { EventReport, Profile, Telemetry } from "@fleetlog/protocol";
import type { SessionObserver } from "./context.ts";
import type { Frame } from "./frames.ts";
import type { Reserve } from "./reserve.ts";

/** A device's reports on their way into the log. Every promise resolves with the log sequence once it is stored there. */
export class Reports {
  readonly #device: string;
  readonly #log: EventLog;
  readonly #frame: Frame;
  readonly #observe: SessionObserver;
  readonly #reserve: Reserve;

  constructor(device: string, log: EventLog, frame: Frame, observe: SessionObserver, reserve: Reserve) {
    this.#device = device;
    this.#log = log;
    this.#frame = frame;
    this.#observe = observe;
    this.#reserve = reserve;
  }

  /** All items or an error; what was stored of a failed report is recognised by boot and seq when it is sent again. */
  async telemetry(items: readonly Telemetry[]): Promise<number> {
    // Every item is checked before the first is appended: a bad one must not leave half a report behind.
    const events = items.map(({ at, ...data }) =>
      this.#event({ type: "TelemetryReported", data }, this.#framed(reportId(this.#device, data), at)),
    );
    const [first] = events;
    if (events.length === 1 && first !== undefined) return this.#append(first);
    const sequences = await Promise.all(events.map((event) => this.#append(event)));
    return Math.max(...sequences);
  }

  async event({ at, ...data }: EventReport): Promise<number> {
    const frame = this.#framed(reportId(this.#device, data), at);
    const event = this.#event({ type: "DeviceEventReported", data }, frame);
    const held = this.#reserve.hold(() => Buffer.byteLength(encodeEvent(event)));
    if (held !== undefined) await held;
    return this.#append(event);
  }

  /** A profile that says nothing new adds no event; the sequence is then that of the one that said it. */
  async profile(profile: Profile): Promise<number> {
    const held = this.#reserve.hold(() => Buffer.byteLength(JSON.stringify(profile)));
    if (held !== undefined) await held;
    this.#observe.received(1);
    const { lastSeq } = await handle({
      log: this.#log,
      decider: deviceDecider,
      load: () => this.#loadFromLast(),
      command: { type: "ReportProfile", profile },
      frame: () => this.#frame(this.#device),
    });
    this.#observe.acknowledged(1, 0);
    return lastSeq;
  }

  /**
   * The newest event alone decides: after DeviceRetired nothing may follow, and an equal profile is nothing new. Where
   * a rename came in between, an equal profile is recorded once more, which costs an event and spares reading them all.
   */
  async #loadFromLast(): Promise<Loaded<DeviceState>> {
    const last = await this.#log.last("device", this.#device);
    if (last === undefined) return { state: deviceDecider.initial, lastSeq: 0 };
    const known = { status: "registered", id: this.#device, name: undefined, tags: [], profile: undefined } as const;
    return { state: deviceDecider.evolve(known, last), lastSeq: last.seq };
  }

  #framed(id: string | undefined, at: string | undefined): EventFrame {
    return this.#frame(this.#device, { ...(id !== undefined && { id }), ...(at !== undefined && { devicetime: at }) });
  }

  #event(body: EventBody, frame: EventFrame): FleetEvent {
    return toEvent(body, frame);
  }

  async #append(event: FleetEvent): Promise<number> {
    this.#observe.received(1);
    const from = performance.now();
    const { seq } = await this.#log.append(event);
    this.#observe.acknowledged(1, performance.now() - from);
    return seq;
  }
}
