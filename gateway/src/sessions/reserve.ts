import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";

/**
 * Share of FLEET that devices' events and profiles may not fill. The last 5 % are reserved for sessions, commands, their
 * results and operators' actions, so that a device that sends too much can block other devices' events, but nothing else.
 */
export const RESERVED = 0.05;

/** Limit for waiting reports of all devices together; the log's own queue has the same limit when the log is full. */
const HELD_BYTES = 32 * 1024 ** 2;

/** Makes devices' reports wait while only the reserve is free. They are not acknowledged meanwhile, so none is lost. */
export class Reserve {
  readonly #logger: Pick<Logger, "error" | "info">;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  #holding = false;
  #halfUsed = false;

  constructor(logger: Pick<Logger, "error" | "info">) {
    this.#logger = logger;
  }

  get holding(): boolean {
    return this.#holding;
  }

  /** Whether at most half of the reserve is left: this half is for commands and operators only. */
  get halfUsed(): boolean {
    return this.#halfUsed;
  }

  /** Updates the size of FLEET in bytes. A stream without a limit has no reserve. */
  update(bytes: number, maxBytes: number | undefined): void {
    this.#halfUsed = maxBytes !== undefined && bytes > maxBytes * (1 - RESERVED / 2);
    const holding = maxBytes !== undefined && bytes > maxBytes * (1 - RESERVED);
    if (holding === this.#holding) return;
    this.#holding = holding;
    if (holding) {
      this.#logger.error(
        { bytes, maxBytes },
        "the log is nearly full: devices' events wait, and the remaining space is reserved for sessions and commands; raise FLEETLOG_FLEET_MAX_BYTES",
      );
      return;
    }
    this.#logger.info({ bytes, maxBytes }, "the log has room again: devices' events are stored");
    this.#bytes = 0;
    // In the order of arrival.
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /**
   * Resolves when the report may be appended; undefined when it may be appended at once.
   * @param size the report's bytes; called only if the report must wait
   * @throws FleetError `log-full` when too many bytes wait already
   */
  wait(size: () => number): Promise<void> | undefined {
    if (!this.#holding) return undefined;
    const bytes = size();
    if (this.#bytes + bytes > HELD_BYTES)
      throw new FleetError("log-full", "the log is nearly full, and too many events wait for room", {
        retryAfterMs: 10_000,
      });
    this.#bytes += bytes;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
