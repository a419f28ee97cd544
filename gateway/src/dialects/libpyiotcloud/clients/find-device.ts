import { deviceEvents, FleetError, isDeviceId, isEventOf, type RecordedEvent, type Scope } from "@fleetlog/domain";
import { Follower, type NewestEvent, type QueryOptions } from "@fleetlog/fleet";
import { type Logger, steadyTime } from "@fleetlog/log";
import type { DialectHttpContext } from "../../../http/context.ts";
import { readerOptions } from "../../../http/input/reader-options.ts";

const MOST_KNOWN = 1_000;
/** Bounds how long a name is known while this node gets no events of devices. */
const KNOWN_MS = 10_000;

interface Found {
  readonly device: string;
  readonly name: string;
  /** The view that found the device included all events up to this FLEET sequence. */
  readonly seq: number;
  /** Milliseconds of {@link steadyTime}. */
  readonly at: number;
}

/** Finds devices by their names, in an account. A device without a name is found by its id. */
export class DevicesByName {
  readonly #context: Pick<DialectHttpContext, "fleet" | "notifiedSeq">;
  /** By account, name and scope; the oldest is dropped. */
  readonly #known = new Map<string, Found>();
  readonly #follower: Follower;
  #written = 0;
  /** Sequence of the newest event that gave a device its name. */
  #named = 0;

  constructor(context: Pick<DialectHttpContext, "fleet" | "notifiedSeq">, logger: Logger) {
    this.#context = context;
    const { log } = context.fleet;
    const onEvent = (event: RecordedEvent) => this.#apply(event);
    this.#follower = new Follower({ log, logger, category: "device", from: "new", onEvent });
    // After an outage, there may be another log, whose sequences begin again.
    log.onStatus((status) => {
      if (status !== "away") return;
      this.#written = 0;
      this.#named = 0;
      this.#known.clear();
    });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** To be called after each change, so that clients read their own writes. */
  noteWritten(seq: number): void {
    this.#written = Math.max(this.#written, seq);
  }

  /** Sequence of the newest change that this node has seen. */
  get newest(): number {
    return Math.max(this.#written, this.#context.notifiedSeq());
  }

  /** The oldest device with this name. If the views do not know it, queries them again once they include the whole log. */
  async find(account: string, name: string, scope: Scope): Promise<string | undefined> {
    return (await this.#find(account, name, scope))?.device;
  }

  /** @throws FleetError `device-unknown` */
  async mustFind(account: string, name: string, scope: Scope): Promise<string> {
    return mustBeFound(await this.#find(account, name, scope)).device;
  }

  /**
   * As {@link mustFind}, with the device's newest event. A device that was found before is found again without a query,
   * as long as it has no newer event: then its name, account and tags are the same.
   * @throws FleetError `device-unknown`; `view-behind` if no view has the device's newest event in time
   */
  async mustFindWithLast(account: string, name: string, scope: Scope): Promise<{ device: string; last: NewestEvent }> {
    const key = JSON.stringify([account, name, scope]);
    const known = this.#known.get(key);
    const at = steadyTime();
    if (known !== undefined && at - known.at < KNOWN_MS) {
      const event = await this.#last(known);
      if (event !== undefined && event.seq <= known.seq) return { device: known.device, last: { event, at } };
    }
    let found = mustBeFound(await this.#find(account, name, scope));
    for (;;) {
      const at = steadyTime();
      const event = mustBeFound(await this.#last(found));
      if (event.seq <= found.seq) {
        this.#remember(key, found);
        return { device: found.device, last: { event, at } };
      }
      // The view was behind: the device may have another name, other tags or another account by now.
      found = mustBeFound(await this.#ask(account, name, { scope, atLeast: event.seq, whenAway: "wait" }));
    }
  }

  #last({ device }: Found): Promise<RecordedEvent | undefined> {
    return this.#context.fleet.log.last("device", device);
  }

  /** Forgets a name when another device takes it. The events of the known device do not show that. */
  #apply(event: RecordedEvent): void {
    if (!isEventOf(deviceEvents, event)) return;
    const { type, data, seq } = event;
    if (type === "DeviceMoved") this.#known.clear();
    else if (type !== "DeviceRegistered" && type !== "DeviceRenamed") return;
    else for (const [key, { name }] of this.#known) if (name === data.name) this.#known.delete(key);
    this.#named = seq;
  }

  #remember(key: string, found: Found): void {
    // When the view was queried, it may not have included the newest event that gives a device its name.
    if (found.seq < this.#named) return;
    this.#known.delete(key);
    this.#known.set(key, found);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) return;
      this.#known.delete(oldest);
    }
  }

  async #find(account: string, name: string, scope: Scope): Promise<Found | undefined> {
    const known = await this.#ask(account, name, { scope, ...readerOptions(this.newest) });
    if (known !== undefined) return known;
    const { lastSeq } = await this.#context.fleet.log.state("FLEET");
    return this.#ask(account, name, { scope, ...readerOptions(lastSeq) });
  }

  async #ask(account: string, name: string, options: QueryOptions): Promise<Found | undefined> {
    const { views } = this.#context.fleet;
    const at = steadyTime();
    const { result, seq } = await views.queryWithSeq("devices.named", { account, name }, options);
    const [named] = result;
    if (named !== undefined) return { device: named, name, seq, at };
    if (!isDeviceId(name)) return undefined;
    const { result: found, seq: foundAt } = await views.queryWithSeq("devices.get", { id: name }, options);
    const isUnnamed = found !== null && found.name === undefined && found.status !== "retired";
    return isUnnamed && found.account === account ? { device: name, name, seq: foundAt, at } : undefined;
  }
}

function mustBeFound<T>(found: T | undefined): T {
  if (found === undefined) throw new FleetError("device-unknown", "there is no device of this name");
  return found;
}
