import type { StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { mismatchWith } from "./log-match.ts";
import type { Meta } from "./store/meta.ts";
import type { StoreUpdater } from "./store-updater.ts";

export interface LogCheckOptions {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly stream: StreamName;
  readonly isClosed: () => boolean;
  /** Whether rows of the updater's store are still served or built. */
  readonly isCurrent: (updater: StoreUpdater) => boolean;
  /** Called when rows were built from another log. */
  readonly onMismatch: (why: string) => Promise<void>;
}

/** Checks that rows were built from this log, because the log may be replaced while it is away. */
export class LogCheck {
  readonly #options: LogCheckOptions;
  /** State of the rows when the log went away, until it was compared with the log. */
  #unverified: { readonly updater: StoreUpdater; readonly meta: Meta } | undefined;
  #checking = false;
  /** The log came back during a check, which may have read another log. */
  #checkAgain = false;

  constructor(options: LogCheckOptions) {
    this.#options = options;
  }

  /** Call when the log goes away. */
  save(updater: StoreUpdater): void {
    this.#unverified ??= { updater, meta: updater.store.meta };
  }

  /** Call when the log is back: compares the saved state with it. */
  run(): void {
    const { log, logger, stream, isClosed, isCurrent, onMismatch } = this.#options;
    const unverified = this.#unverified;
    if (unverified === undefined || isClosed()) return;
    if (this.#checking) {
      this.#checkAgain = true;
      return;
    }
    this.#checking = true;
    mismatchWith(log, stream, unverified.meta, isClosed)
      .then((mismatch) => {
        if (mismatch === undefined && this.#checkAgain) return;
        this.#unverified = undefined;
        return mismatch === undefined || !isCurrent(unverified.updater) ? undefined : onMismatch(mismatch);
      })
      // The log is away again; the check is repeated when the log is back.
      .catch((error) => logger.warn({ err: error }, "could not check that the views were built from this log"))
      .finally(() => {
        this.#checking = false;
        if (!this.#checkAgain) return;
        this.#checkAgain = false;
        this.run();
      });
  }
}
