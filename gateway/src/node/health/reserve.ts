import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";

/** Sessions, commands and operators need this share of FLEET, so other reports of devices must not use it. */
export const RESERVED = 0.05;

/** Maximum size of the waiting reports of all devices. */
const HELD_BYTES = 32 * 1024 ** 2;

/** Makes devices' events, profiles and reports of configuration wait while FLEET has only its reserve left. */
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

  /** The second half of the reserve is for commands and operators only. */
  get halfUsed(): boolean {
    return this.#halfUsed;
  }

  /** A stream without limit has no reserve. */
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
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /**
   * Undefined if the report may be appended now.
   * @param size bytes of the report; called only if it must wait
   * @throws FleetError `log-full` when too many bytes wait
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
