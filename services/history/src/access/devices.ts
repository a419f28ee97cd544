import {
  accountOf,
  type DeviceState,
  deviceDecider,
  deviceEvents,
  isEventOf,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";

export interface OwnedDevice {
  readonly account: string;
  readonly tags: readonly string[];
  /** The first sequence of FLEET that the account sees; undefined for the whole history. */
  readonly historyFrom: number | undefined;
}

type Known = Exclude<DeviceState, { readonly status: "unknown" }> & { readonly tags: readonly string[] };

type DeviceLog = Pick<EventLog, "read"> & { state(stream: "FLEET"): Promise<{ readonly lastSeq: number }> };

/**
 * Accounts and tags of all devices by the log's newest events, for callers with a limited scope. They are read from the log
 * when the first such caller comes, and take some 200 bytes for each device.
 */
export class OwnedDevices {
  readonly #log: DeviceLog;
  readonly #known = new Map<string, Known>();
  readonly #tags = new Map<string, readonly string[]>();
  /** All events before this sequence are known. */
  #next = 1;
  /** Whether every device is known, so that further events can be folded. */
  #isLoaded = false;
  #last: Promise<void> = Promise.resolve();
  /** A load that has not begun to read. */
  #queued: Promise<void> | undefined;
  #changes = 0;
  /** Events that were given to {@link add} while the log is read; undefined at other times. */
  #meanwhile: RecordedEvent[] | undefined;

  constructor(log: DeviceLog) {
    this.#log = log;
  }

  /**
   * Resolves once every device is known as the log had it at the time of the call. The events given to {@link add} may
   * be far behind the log. Without this call, a device whose move was not given yet would still be shown to its former
   * account.
   */
  load(): Promise<void> {
    this.#queued ??= this.#last.then(() => {
      this.#queued = undefined;
      return this.#read();
    });
    this.#last = this.#queued.catch(() => {});
    return this.#queued;
  }

  /** Whether a caller has needed the devices. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Another number after each change of a device's account, tags or visible history. */
  get changes(): number {
    return this.#changes;
  }

  /** Takes the next events of FLEET. Events that are known already have no effect. */
  add(events: readonly RecordedEvent[]): void {
    const owned = events.filter((event) => isEventOf(deviceEvents, event));
    if (this.#meanwhile !== undefined) this.#meanwhile.push(...owned);
    else if (this.#isLoaded) {
      for (const event of owned) this.#fold(event);
      this.#next = Math.max(this.#next, (events.at(-1)?.seq ?? 0) + 1);
    }
  }

  get(id: string): OwnedDevice | undefined {
    const found = this.#known.get(id);
    return found && ownedOf(found);
  }

  *all(): Generator<readonly [id: string, device: OwnedDevice]> {
    for (const [id, found] of this.#known) yield [id, ownedOf(found)];
  }

  async #read(): Promise<void> {
    const meanwhile: RecordedEvent[] = [];
    this.#meanwhile = meanwhile;
    try {
      const { lastSeq } = await this.#log.state("FLEET");
      if (lastSeq >= this.#next) {
        for await (const event of this.#log.read({ stream: "FLEET", category: "device", fromSeq: this.#next })) {
          this.#fold(event);
          this.#next = event.seq + 1;
        }
        this.#next = Math.max(this.#next, lastSeq + 1);
      }
      this.#isLoaded = true;
    } finally {
      this.#meanwhile = undefined;
      this.add(meanwhile);
    }
  }

  #fold(event: RecordedEvent): void {
    if (!isEventOf(deviceEvents, event)) return;
    const { device: id } = event.data;
    const before = this.#known.get(id);
    const next = deviceDecider.evolve(before ?? deviceDecider.initial, event);
    if (next === before || next.status === "unknown") return;
    // A retired device keeps its tags, as in the views.
    const tags = this.#shared(next.status === "registered" ? next.tags : (before?.tags ?? []));
    const known = slim(next, tags);
    if (before === undefined || !isSame(before, known)) this.#changes += 1;
    this.#known.set(id, known);
  }

  /** One array for all devices with the same tags. */
  #shared(tags: readonly string[]): readonly string[] {
    const name = JSON.stringify(tags);
    const known = this.#tags.get(name);
    if (known !== undefined) return known;
    this.#tags.set(name, tags);
    return tags;
  }
}

function ownedOf(known: Known): OwnedDevice {
  return { account: accountOf(known), tags: known.tags, historyFrom: known.historyFrom?.seq };
}

function isSame(a: Known, b: Known): boolean {
  return a.account === b.account && a.tags === b.tags && a.historyFrom?.seq === b.historyFrom?.seq;
}

function slim(state: Exclude<DeviceState, { readonly status: "unknown" }>, tags: readonly string[]): Known {
  const { status, id, seq, account, historyFrom } = state;
  const owned = {
    id,
    tags,
    ...(seq !== undefined && { seq }),
    ...(account !== undefined && { account }),
    ...(historyFrom !== undefined && { historyFrom }),
  };
  return status === "retired" ? { status, ...owned } : { status, name: undefined, profile: undefined, ...owned };
}
