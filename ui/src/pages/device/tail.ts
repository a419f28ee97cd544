import { type DeviceCategory, deviceEvents, type EventResource } from "../../data/events.ts";

/** Maximum new events of one request. If there are more, the history is loaded again. */
const FRESH = 100;
/** Events kept while a page is open; more if `older` has loaded more. */
const KEPT = 200;

/** Sessions include events of gateways that ended a session of the device. */
function queryOf(category: DeviceCategory) {
  return category === "session" ? ({ category, with: "gateways" } as const) : { category };
}

/** The newest events of one category of a device, newest first, without a gap. */
export class Tail {
  readonly #device: string;
  readonly #category: DeviceCategory;
  /** Number of events kept when newer events arrive: as many as were loaded, at least KEPT. */
  readonly #wanted: number;
  readonly #until: string | undefined;
  readonly items: readonly EventResource[];
  readonly next: string | null;

  private constructor(
    device: string,
    category: DeviceCategory,
    items: readonly EventResource[],
    next: string | null,
    wanted: number,
    until?: string,
  ) {
    this.#device = device;
    this.#category = category;
    this.#until = until;
    this.#wanted = Math.max(wanted, KEPT);
    this.items = items;
    this.next = next;
  }

  /**
   * @param until RFC 3339: only earlier events
   * @throws ApiError
   */
  static async load(
    device: string,
    category: DeviceCategory,
    limit: number,
    signal?: AbortSignal,
    until?: string,
  ): Promise<Tail> {
    const query = { ...queryOf(category), order: "desc", limit, until } as const;
    const { items, next } = await deviceEvents(device, query, signal);
    return new Tail(device, category, items, next, items.length, until);
  }

  /**
   * A tail that has up to `limit` older events in addition.
   * @throws ApiError
   */
  async older(limit: number, signal?: AbortSignal): Promise<Tail> {
    if (this.next === null) return this;
    const query = { ...queryOf(this.#category), order: "desc", limit, from: this.next, until: this.#until } as const;
    const page = await deviceEvents(this.#device, query, signal);
    const items = [...this.items, ...page.items];
    return new Tail(this.#device, this.#category, items, page.next, items.length, this.#until);
  }

  /**
   * A tail with the newer events; undefined if they do not fit into one page.
   * @throws ApiError
   */
  async newer(signal?: AbortSignal): Promise<Tail | undefined> {
    const newest = this.items[0]?.seq;
    const from = newest === undefined ? undefined : String(newest + 1);
    const query = { ...queryOf(this.#category), order: "asc", limit: FRESH, from } as const;
    const page = await deviceEvents(this.#device, query, signal);
    if (page.next !== null) return undefined;
    if (page.items.length === 0) return this;
    const items = [...page.items.toReversed(), ...this.items];
    const dropped = items[this.#wanted];
    // Within one category a plain sequence is a valid cursor.
    const next = dropped === undefined ? this.next : String(dropped.seq);
    return new Tail(this.#device, this.#category, items.slice(0, this.#wanted), next, this.#wanted);
  }
}
