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

/**
 * Accounts and tags of all devices, for keys with a limited scope. They are read from the log when the first such key
 * comes, and take some 200 bytes for each device.
 */
export class OwnedDevices {
  readonly #log: Pick<EventLog, "read">;
  readonly #known = new Map<string, Known>();
  readonly #tags = new Map<string, readonly string[]>();
  /** All events before this sequence are known. */
  #next = 1;
  /** Whether every device is known, so that further events can be folded. */
  #isLoaded = false;
  #last: Promise<void> = Promise.resolve();
  /** Events that come while the log is read. */
  #meanwhile: RecordedEvent[] | undefined;

  constructor(log: Pick<EventLog, "read">) {
    this.#log = log;
  }

  /**
   * Resolves once every device is known as in the log at the time of the call. The caller of {@link add} may be far behind:
   * without this, a device that has moved meanwhile would still be shown to its former account.
   */
  load(): Promise<void> {
    const loaded = this.#last.then(() => this.#read());
    this.#last = loaded.catch(() => {});
    return loaded;
  }

  /** Resolves once every device is known. Later changes come with {@link add}. */
  async loadOnce(): Promise<void> {
    await this.#last;
    if (!this.#isLoaded) await this.load();
  }

  /** Takes the next events of FLEET. Those that are known have no effect. */
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
    return found && { account: accountOf(found), tags: found.tags, historyFrom: found.historyFrom?.seq };
  }

  async #read(): Promise<void> {
    const meanwhile: RecordedEvent[] = [];
    this.#meanwhile = meanwhile;
    try {
      for await (const event of this.#log.read({ stream: "FLEET", category: "device", fromSeq: this.#next })) {
        this.#fold(event);
        this.#next = event.seq + 1;
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
    this.#known.set(id, slim(next, tags));
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
