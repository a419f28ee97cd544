import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";

/**
 * The share of FLEET that devices' events and profiles may not fill: the last 5 % are for sessions, commands and their
 * results, and what operators do. One device that says too much then stops what devices say, and not the fleet.
 */
export const RESERVED = 0.05;

/** Reports held back at once, of all devices: as much as waits for a log that is full. */
const HELD_BYTES = 32 * 1024 ** 2;

/** Holds devices' own reports back while only the reserve is left. They are not acknowledged meanwhile, and lose nothing. */
export class Reserve {
  readonly #logger: Pick<Logger, "error" | "info">;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  #holding = false;

  constructor(logger: Pick<Logger, "error" | "info">) {
    this.#logger = logger;
  }

  get holding(): boolean {
    return this.#holding;
  }

  /** How far FLEET is filled now, in bytes; without a limit there is no reserve. */
  filled(bytes: number, maxBytes: number | undefined): void {
    const holding = maxBytes !== undefined && bytes > maxBytes * (1 - RESERVED);
    if (holding === this.#holding) return;
    this.#holding = holding;
    if (holding) {
      this.#logger.error(
        { bytes, maxBytes },
        "the log is nearly full: events of devices wait, the rest is kept for sessions and commands; give it more room (FLEETLOG_FLEET_MAX_BYTES)",
      );
      return;
    }
    this.#logger.info({ bytes, maxBytes }, "the log has room again: events of devices are stored");
    this.#bytes = 0;
    // In the order in which they came.
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /**
   * Resolves when a report may go to the log; undefined when it may at once.
   * @param size its bytes, asked only where it is held
   * @throws FleetError `log-full` when too much is held already
   */
  hold(size: () => number): Promise<void> | undefined {
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
