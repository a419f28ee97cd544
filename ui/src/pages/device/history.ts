import type { DeviceCategory, EventResource } from "../../data/events.ts";
import { Tail } from "./tail.ts";

const PAGE = 50;

/** What is known of one of the log's streams: they count apart. */
interface Part {
  /** Newest first, without those before which something is unread. */
  readonly events: readonly EventResource[];
  /** Whose next page tells more of it; undefined: there is no more. */
  readonly open: DeviceCategory | undefined;
}

/**
 * A device's events of some categories, newest first. Each category is read on its own, as the log has it, and only what
 * surely has nothing unread before it is shown: so the merged order is right at every moment. It is the log's order within
 * a stream, whatever the clocks of those who wrote; telemetry comes between by its times.
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

  /** Within the log's one stream by their place in it; telemetry, which counts apart, comes between by its times. */
  get events(): readonly EventResource[] {
    const events: EventResource[] = [];
    const [fleet, telemetry] = this.#parts;
    for (let [at, other] = [0, 0]; ; ) {
      const [one, two] = [fleet.events[at], telemetry.events[other]];
      // Where a stream ends unread, nothing older than its last event is certain.
      if ((one === undefined && fleet.open) || (two === undefined && telemetry.open)) return events;
      if (one === undefined && two === undefined) return events;
      if (two === undefined || (one !== undefined && one.time >= two.time)) {
        events.push(one as EventResource);
        at++;
      } else {
        events.push(two);
        other++;
      }
    }
  }

  /** With a page more of the category that holds the others back. @throws ApiError */
  async older(signal?: AbortSignal): Promise<History> {
    const oldest = ({ events, open }: Part) => (open ? (events.at(-1)?.time ?? "") : undefined);
    const [fleet, telemetry] = this.#parts;
    const [a, b] = [oldest(fleet), oldest(telemetry)];
    const category = b === undefined || (a !== undefined && a >= b) ? fleet.open : telemetry.open;
    const tail = category && this.#tails.get(category);
    if (tail === undefined) return this;
    return new History(new Map(this.#tails).set(category as DeviceCategory, await tail.older(PAGE, signal)));
  }

  get #parts(): readonly [fleet: Part, telemetry: Part] {
    const tails = [...this.#tails];
    return [
      partOf(tails.filter(([category]) => category !== "telemetry")),
      partOf(tails.filter(([category]) => category === "telemetry")),
    ];
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

function partOf(tails: readonly (readonly [DeviceCategory, Tail])[]): Part {
  let frontier = 0;
  let open: DeviceCategory | undefined;
  for (const [category, { items, next }] of tails) {
    if (next === null) continue;
    const seq = items.at(-1)?.seq ?? 0;
    if (open === undefined || seq > frontier) [open, frontier] = [category, seq];
  }
  const events = tails.flatMap(([, { items }]) => items.filter(({ seq }) => seq >= frontier));
  return { events: events.sort((a, b) => b.seq - a.seq), open };
}
