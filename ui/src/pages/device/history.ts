import type { DeviceCategory, EventResource } from "../../data/events.ts";
import { Tail } from "./tail.ts";

const PAGE = 50;

/** The loaded events of one stream of the log. Each stream has its own sequence. */
interface Part {
  /** Newest first; all unread events of the stream are older. */
  readonly events: readonly EventResource[];
  /** The category whose next page continues these events; undefined: all events are loaded. */
  readonly open: DeviceCategory | undefined;
}

/**
 * A device's events of some categories, newest first. Hides an event while an unread event may be newer, so that pages
 * only add events at the end. Ordered by sequence within a stream, since gateways' clocks differ; telemetry is merged
 * by time.
 */
export class History {
  readonly #tails: ReadonlyMap<DeviceCategory, Tail>;

  private constructor(tails: ReadonlyMap<DeviceCategory, Tail>) {
    this.#tails = tails;
  }

  /**
   * @param until RFC 3339: only earlier events
   * @throws ApiError
   */
  static async load(
    device: string,
    categories: readonly DeviceCategory[],
    signal: AbortSignal,
    until?: string,
  ): Promise<History> {
    const tails = categories.map(
      async (category) => [category, await Tail.load(device, category, PAGE, signal, until)] as const,
    );
    return new History(new Map(await Promise.all(tails)));
  }

  get complete(): boolean {
    return [...this.#tails.values()].every(({ next }) => next === null);
  }

  get events(): readonly EventResource[] {
    const events: EventResource[] = [];
    const [fleet, telemetry] = this.#parts;
    for (let [at, other] = [0, 0]; ; ) {
      const [one, two] = [fleet.events[at], telemetry.events[other]];
      // Unread events of one stream may be newer than the next event of the other stream.
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

  /**
   * A history with one more page of the category whose unread events hide loaded events.
   * @throws ApiError
   */
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
   * A history with the newer events; undefined if they do not fit into one page.
   * @param concerned whether a category may have new events
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
