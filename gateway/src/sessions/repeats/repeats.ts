import type { DeviceOrder } from "@fleetlog/domain";
import { type Buckets, type EventLog, openOnUse } from "@fleetlog/log";
import type { Logger } from "pino";
import type { BootStore, ReportCategory } from "./boots.ts";
import { CategoryRepeats } from "./category-repeats.ts";

export const REPORTS_BUCKET = { reports: { maxBytes: 1024 ** 3 } } as const;

export function bootStore({ log, buckets }: { readonly log: EventLog; readonly buckets: Buckets }): BootStore {
  return { log, bucket: openOnUse(buckets, "reports", REPORTS_BUCKET.reports) };
}

/**
 * Finds repeats among a session's reports, however long ago the first was stored. (The server forgets ids after two
 * minutes.)
 */
export class Repeats {
  readonly #store: BootStore;
  readonly #device: string;
  readonly #logger: Logger;
  #telemetry: CategoryRepeats | undefined;
  #event: CategoryRepeats | undefined;
  #deciding: Promise<number | undefined> | undefined;

  constructor(store: BootStore, device: string, logger: Logger) {
    this.#store = store;
    this.#device = device;
    this.#logger = logger;
  }

  /**
   * Undefined: the report is certainly new, and may be appended at once. Otherwise resolves as {@link
   * CategoryRepeats.decide}.
   */
  check(category: ReportCategory, { boot, seq }: DeviceOrder): Promise<number | undefined> | undefined {
    if (boot === undefined || seq === undefined) return this.whenDecided();
    const repeats = this.#of(category);
    if (this.#deciding === undefined && repeats.isNewest(boot, seq)) return undefined;
    const before = this.#deciding ?? Promise.resolve(undefined);
    const deciding = before.catch(() => undefined).then(() => repeats.decide(boot, seq));
    this.#deciding = deciding;
    const done = () => {
      if (this.#deciding === deciding) this.#deciding = undefined;
    };
    deciding.then(done, done);
    return deciding;
  }

  /** Resolves when all earlier reports are decided. Undefined if all are decided already. */
  whenDecided(): Promise<undefined> | undefined {
    return this.#deciding?.then(
      () => undefined,
      () => undefined,
    );
  }

  noteStored(category: ReportCategory, { boot, seq }: DeviceOrder, logSeq: number): void {
    if (boot !== undefined && seq !== undefined) this.#of(category).noteStored(boot, seq, logSeq);
  }

  close(): void {
    this.#telemetry?.close();
    this.#event?.close();
  }

  #create(category: ReportCategory): CategoryRepeats {
    const device = this.#device;
    return new CategoryRepeats(this.#store, category, device, this.#logger.child({ device }));
  }

  #of(category: ReportCategory): CategoryRepeats {
    if (category === "event") {
      this.#event ??= this.#create("event");
      return this.#event;
    }
    this.#telemetry ??= this.#create("telemetry");
    return this.#telemetry;
  }
}
