import { type DeviceCategory, deviceEvents, type EventResource } from "../../data/events.ts";

const PAGE = 50;

interface Source {
  items: readonly EventResource[];
  /** Null: there is nothing older. */
  next: string | null;
}

/**
 * A device's events of some categories, newest first. Each category is read on its own, as the log has it, and only what
 * surely has nothing unread before it is shown: so the merged order is right at every moment.
 */
export class History {
  readonly #device: string;
  readonly #sources: ReadonlyMap<DeviceCategory, Source>;

  private constructor(device: string, sources: ReadonlyMap<DeviceCategory, Source>) {
    this.#device = device;
    this.#sources = sources;
  }

  /** @throws ApiError */
  static async load(device: string, categories: readonly DeviceCategory[], signal: AbortSignal): Promise<History> {
    const sources = categories.map(async (category) => {
      const page = await deviceEvents(device, { category, order: "desc", limit: PAGE }, signal);
      return [category, { items: page.items, next: page.next }] as const;
    });
    return new History(device, new Map(await Promise.all(sources)));
  }

  get complete(): boolean {
    return [...this.#sources.values()].every(({ next }) => next === null);
  }

  get events(): readonly EventResource[] {
    const oldest = [...this.#sources.values()]
      .filter(({ next }) => next !== null)
      .map(({ items }) => items.at(-1)?.time ?? "");
    // Where a category ends unread, nothing older than its last event is certain.
    const frontier = oldest.reduce((latest, time) => (time > latest ? time : latest), "");
    return [...this.#sources.values()]
      .flatMap(({ items }) => items)
      .filter(({ time }) => time >= frontier)
      .sort((a, b) => (a.time === b.time ? b.seq - a.seq : a.time < b.time ? 1 : -1));
  }

  /** With a page more of the category that holds the others back. @throws ApiError */
  async older(signal?: AbortSignal): Promise<History> {
    const open = [...this.#sources].filter(([, { next }]) => next !== null);
    const [most] = open.sort(([, a], [, b]) => ((a.items.at(-1)?.time ?? "") > (b.items.at(-1)?.time ?? "") ? -1 : 1));
    if (most === undefined) return this;
    const [category, { items, next }] = most;
    const query = { category, order: "desc", limit: PAGE, from: next ?? undefined } as const;
    const page = await deviceEvents(this.#device, query, signal);
    const sources = new Map(this.#sources);
    sources.set(category, { items: [...items, ...page.items], next: page.next });
    return new History(this.#device, sources);
  }

  /** With what has happened since; undefined if so much has that its pages no longer meet. @throws ApiError */
  async newer(signal?: AbortSignal): Promise<History | undefined> {
    const sources = new Map<DeviceCategory, Source>();
    for (const [category, source] of this.#sources) {
      const page = await deviceEvents(this.#device, { category, order: "desc", limit: PAGE }, signal);
      const known = new Set(source.items.map(({ id }) => id));
      const fresh = page.items.filter(({ id }) => !known.has(id));
      if (fresh.length === page.items.length && source.items.length > 0 && page.next !== null) return undefined;
      sources.set(category, { items: [...fresh, ...source.items], next: source.next });
    }
    return new History(this.#device, sources);
  }
}
