import { setTimeout as sleep } from "node:timers/promises";
import type { ArchiveCheck } from "@fleetlog/protocol";
import type { Part } from "./manifest.ts";
import { Pace } from "./pace.ts";

export interface ScrubOptions {
  readonly parts: () => readonly Part[];
  /** Compares the file of a part with its hash. @returns false after a damaged file was set aside */
  readonly check: (part: Part) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds from the end of a round to the next; default one day. */
  readonly pauseMs?: number | undefined;
  readonly bytesPerSecond?: number;
}

const PAUSE_MS = 86_400_000;
const BYTES_PER_SECOND = 8 * 1024 ** 2;

/**
 * Compares the files of all parts with their hashes periodically, because a disk may also damage files that nobody
 * reads.
 */
export class Scrub {
  readonly #options: ScrubOptions;
  readonly #pace: Pace;
  readonly #abort = new AbortController();
  #round = { checked: 0, of: 0 };
  #damaged = 0;
  #finishedAt: number | undefined;

  constructor(options: ScrubOptions) {
    this.#options = options;
    this.#pace = new Pace(options.bytesPerSecond ?? BYTES_PER_SECOND);
  }

  get report(): ArchiveCheck {
    const finished = this.#finishedAt;
    return {
      ...this.#round,
      damaged: this.#damaged,
      ...(finished !== undefined && { finishedAt: new Date(finished).toISOString() }),
    };
  }

  /** Resolves when it was stopped. Rejects with errors of the check. */
  async run(): Promise<void> {
    const { signal } = this.#abort;
    const { now, pauseMs = PAUSE_MS } = this.#options;
    try {
      while (!signal.aborted) {
        await this.#checkAll(signal);
        this.#finishedAt = now();
        await sleep(pauseMs, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  async #checkAll(signal: AbortSignal): Promise<void> {
    const parts = this.#options.parts();
    this.#round = { checked: 0, of: parts.length };
    for (const part of parts) {
      signal.throwIfAborted();
      if (!(await this.#options.check(part))) this.#damaged += 1;
      this.#round = { checked: this.#round.checked + 1, of: parts.length };
      await this.#pace.after(part.file.bytes, signal);
    }
  }
}
