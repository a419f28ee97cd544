import type { ReactiveController, ReactiveControllerHost } from "lit";
import { countDevices, type StatusCount } from "../../../data/devices.ts";
import { gatewayNow } from "../../../state/clock.ts";
import type { Past } from "../../../state/past.ts";
import { Query } from "../../../state/query.ts";
import { type Filters, isFiltered, NO_FILTERS, toQuery } from "./filters.ts";

/** Least time between two counts, since the gateway reads many rows for each. */
const COUNT_MS = 2_000;

interface Counted {
  readonly others: Filters;
  /** A moment of the past, and its time in ms since 1970. */
  readonly at: string | undefined;
  readonly time: number | undefined;
}

/** Counts by status of the devices that match all filters except status. */
export class FilteredCounts implements ReactiveController {
  readonly #query: Query<Counted, StatusCount>;
  #counted = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost, filters: () => Filters, past: Past) {
    this.#query = new Query(host, {
      args: () => {
        const others = { ...filters(), status: NO_FILTERS.status, sort: NO_FILTERS.sort };
        return isFiltered(others) ? { others, at: past.at, time: past.time } : undefined;
      },
      load: ({ others, at, time }, signal) =>
        countDevices({ ...toQuery(others, time ?? gatewayNow()), ...(at !== undefined && { at }) }, signal),
      keep: true,
      loaded: () => {
        this.#counted = Date.now();
      },
    });
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get data(): StatusCount | undefined {
    return this.#query.data;
  }

  changed(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#query.reload();
      },
      Math.max(0, this.#counted + COUNT_MS - Date.now()),
    );
  }
}
