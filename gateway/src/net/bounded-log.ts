import { TokenBucket } from "@fleetlog/runtime";
import { networkOf } from "@fleetlog/runtime/node";
import type { Logger } from "pino";

type Level = "info" | "warn" | "error";

export interface BoundedLine {
  readonly level: Level;
  /** What the line is about, such as `refused log-ins`: named with the number of omitted lines. */
  readonly kind: string;
  readonly address: string;
  readonly fields: object;
  readonly message: string;
}

const WINDOW_MS = 10_000;
const LINES_OF_ADDRESS = 20;
const MAX_CAUSES = 10_000;
/** Limit for all addresses together: a line a second is some 30 MB a day. */
const ALL_LINES = { burst: 200, refillMs: 1_000 };

/**
 * Limits the log lines that clients can cause, for each address and in total. Without the limits, these lines would
 * push out all other lines of a rotated log.
 */
export class BoundedLog {
  readonly #logger: Logger;
  readonly #clock: () => number;
  readonly #all: TokenBucket;
  readonly #lines = new Map<string, number>();
  readonly #omitted = new Map<string, number>();
  #windowStart = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger, clock: () => number) {
    this.#logger = logger;
    this.#clock = clock;
    this.#all = new TokenBucket(ALL_LINES, clock);
  }

  write({ level, kind, address, fields, message }: BoundedLine, logger: Pick<Logger, Level> = this.#logger): void {
    const now = this.#clock();
    if (now - this.#windowStart >= WINDOW_MS || now < this.#windowStart) this.#startWindow(now);
    if (this.#mayWrite(`${kind} ${networkOf(address)}`)) logger[level](fields, message);
    else this.#omit(kind, now);
  }

  #mayWrite(cause: string): boolean {
    const lines = this.#lines.get(cause) ?? 0;
    if (lines >= LINES_OF_ADDRESS || (lines === 0 && this.#lines.size >= MAX_CAUSES)) return false;
    if (this.#all.untilAvailable(1) > 0) return false;
    this.#all.take(1);
    this.#lines.set(cause, lines + 1);
    return true;
  }

  #omit(kind: string, now: number): void {
    // The timer logs the number at the window's end if no further line does.
    if (this.#omitted.size === 0) setTimeout(() => this.#logOmitted(), this.#windowStart + WINDOW_MS - now).unref();
    this.#omitted.set(kind, (this.#omitted.get(kind) ?? 0) + 1);
  }

  #startWindow(now: number): void {
    this.#logOmitted();
    this.#windowStart = now;
    this.#lines.clear();
  }

  #logOmitted(): void {
    for (const [kind, count] of this.#omitted) {
      this.#logger.warn({ count }, `${count} more lines like this were not logged: ${kind}`);
    }
    this.#omitted.clear();
  }
}
