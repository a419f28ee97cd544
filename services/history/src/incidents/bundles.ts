import { FleetError, type StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { Marks } from "../marks/marks.ts";
import type { Duck } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { type BundleSpan, bundle } from "./bundle.ts";

/**
 * Maximum number of bundles that are made at a time. For each, the sequences of its events and the hashes of one block
 * are in memory.
 */
const AT_ONCE = 16;

export interface BundlesOptions {
  readonly log: Pick<EventLog, "entries">;
  readonly stores: ReadonlyMap<StreamName, StoredHistory>;
  readonly duck: Duck;
  readonly marks: Pick<Marks, "keys" | "bucket">;
}

/** Makes bundles, a limited number at a time. */
export class Bundles {
  readonly #options: BundlesOptions;
  #running = 0;

  constructor(options: BundlesOptions) {
    this.#options = options;
  }

  /**
   * The parts of a bundle's text.
   * @param messages whether the bundle contains the messages about the devices that were sent to channels
   * @throws FleetError `history-unavailable` if too many bundles are being made, while the history is rebuilt, or
   * without the installation key; the errors of `bundle`
   */
  async *make(span: BundleSpan, messages: boolean): AsyncGenerator<string> {
    const { duck, log, stores, marks } = this.#options;
    const { privateKey: key } = marks.keys;
    const fleet = stores.get("FLEET");
    if (fleet === undefined) throw new TypeError("FLEET has no history");
    const why = fleet.unavailable();
    if (why !== undefined) {
      const message = `rows of the earlier release can't be verified with this one: ${why}`;
      throw new FleetError("history-unavailable", message, { retryAfterMs: 30_000 });
    }
    if (this.#running >= AT_ONCE) {
      throw new FleetError("history-unavailable", "this historian makes too many bundles", { retryAfterMs: 5_000 });
    }
    this.#running += 1;
    const session = await duck.connect();
    try {
      const deliveries = messages ? stores.get("DELIVERY") : undefined;
      yield* bundle({ log, marks: marks.bucket, fleet, deliveries, session, key }, span);
    } finally {
      session.close();
      this.#running -= 1;
    }
  }
}
