import { type DeviceCategory, deviceEvents, type EventResource } from "../../data/events.ts";

/** So many are asked for at once of what has come since: more than that and the page starts anew. */
const FRESH = 100;
/** So many stay however long a page is open; what was scrolled to beyond stays, too. */
const KEPT = 200;

/** How a category is asked for. What a gateway's end ended belongs to the sessions, though no event of the device says so. */
function of(category: DeviceCategory) {
  return category === "session" ? ({ category, with: "gateways" } as const) : { category };
}

/** The newest events of one category of a device, newest first, without a gap. */
export class Tail {
  readonly #device: string;
  readonly #category: DeviceCategory;
  /** How many the reader has asked for: those are not dropped for newer ones. */
  readonly #wanted: number;
  readonly items: readonly EventResource[];
  /** Where what is older begins; null: there is nothing older. */
  readonly next: string | null;

  private constructor(
    device: string,
    category: DeviceCategory,
    items: readonly EventResource[],
    next: string | null,
    wanted: number,
  ) {
    this.#device = device;
    this.#category = category;
    this.#wanted = Math.max(wanted, KEPT);
    this.items = items;
    this.next = next;
  }

  /** @throws ApiError */
  static async load(device: string, category: DeviceCategory, limit: number, signal?: AbortSignal): Promise<Tail> {
    const { items, next } = await deviceEvents(device, { ...of(category), order: "desc", limit }, signal);
    return new Tail(device, category, items, next, items.length);
  }

  /** With up to `limit` older ones. @throws ApiError */
  async older(limit: number, signal?: AbortSignal): Promise<Tail> {
    if (this.next === null) return this;
    const query = { ...of(this.#category), order: "desc", limit, from: this.next } as const;
    const page = await deviceEvents(this.#device, query, signal);
    const items = [...this.items, ...page.items];
    return new Tail(this.#device, this.#category, items, page.next, items.length);
  }

  /** With what has come since, which alone is read; undefined if that is too much to join on. @throws ApiError */
  async newer(signal?: AbortSignal): Promise<Tail | undefined> {
    const newest = this.items[0]?.seq;
    const from = newest === undefined ? undefined : String(newest + 1);
    const query = { ...of(this.#category), order: "asc", limit: FRESH, from } as const;
    const page = await deviceEvents(this.#device, query, signal);
    if (page.next !== null) return undefined;
    if (page.items.length === 0) return this;
    const items = [...page.items.toReversed(), ...this.items];
    const dropped = items[this.#wanted];
    // A plain sequence is a place to read on from, too, within one category.
    const next = dropped === undefined ? this.next : String(dropped.seq);
    return new Tail(this.#device, this.#category, items.slice(0, this.#wanted), next, this.#wanted);
  }
}
