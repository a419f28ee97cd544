import type { DeviceCategory, EventResource } from "../../data/events.ts";
import { Tail } from "./tail.ts";

const PAGE = 50;

/**
 * A device's events of some categories, newest first. Each category is read on its own, as the log has it, and only what
 * surely has nothing unread before it is shown: so the merged order is right at every moment.
 */
export class History {
  readonly #tails: ReadonlyMap<DeviceCategory, Tail>;

  private constructor(tails: ReadonlyMap<DeviceCategory, Tail>) {
    this.#tails = tails;
  }

  /** @throws ApiError */
  static async load(device: string, categories: readonly DeviceCategory[], signal: AbortSignal): Promise<History> {
    const tails = categories.map(
      async (category) => [category, await Tail.load(device, category, PAGE, signal)] as const,
    );
    return new History(new Map(await Promise.all(tails)));
  }

  get complete(): boolean {
    return [...this.#tails.values()].every(({ next }) => next === null);
  }

  get events(): readonly EventResource[] {
    const oldest = [...this.#tails.values()]
      .filter(({ next }) => next !== null)
      .map(({ items }) => items.at(-1)?.time ?? "");
    // Where a category ends unread, nothing older than its last event is certain.
    const frontier = oldest.reduce((latest, time) => (time > latest ? time : latest), "");
    return [...this.#tails.values()]
      .flatMap(({ items }) => items)
      .filter(({ time }) => time >= frontier)
      .sort((a, b) => (a.time === b.time ? b.seq - a.seq : a.time < b.time ? 1 : -1));
  }

  /** With a page more of the category that holds the others back. @throws ApiError */
  async older(signal?: AbortSignal): Promise<History> {
    const open = [...this.#tails].filter(([, { next }]) => next !== null);
    const [most] = open.sort(([, a], [, b]) => ((a.items.at(-1)?.time ?? "") > (b.items.at(-1)?.time ?? "") ? -1 : 1));
    if (most === undefined) return this;
    const [category, tail] = most;
    return new History(new Map(this.#tails).set(category, await tail.older(PAGE, signal)));
  }

  /**
   * With what has happened since; undefined if so much has that it no longer joins on.
   * @param concerned which categories something has happened in
   * @throws ApiError
   */
  async newer(
    concerned: (category: DeviceCategory) => boolean = () => true,
    signal?: AbortSignal,
  ): Promise<History | undefined> {
    const tails = new Map(this.#tails);
    for (const [category, tail] of this.#tails) {
      if (!concerned(category)) continue;
      const newer = await tail.newer(signal);
      if (newer === undefined) return undefined;
      tails.set(category, newer);
    }
    return new History(tails);
  }
}
