import type { EventLog, Logger } from "@fleetlog/log";
import type { ArchiveReport } from "@fleetlog/protocol";
import { readSpan } from "../spans/reading.ts";
import type { Part } from "./manifest.ts";
import type { Repairs } from "./repairs.ts";

/** Maximum number of ranges in a heartbeat. */
const RANGES = 20;

export interface RefillOptions {
  readonly log: Pick<EventLog, "read" | "state">;
  readonly logger: Logger;
}

/** Reads the events of missing parts from the stream again, if it still has all of them. */
export class Refill {
  readonly #options: RefillOptions;
  /** Parts of which the stream lacks events. */
  readonly #impossible = new WeakSet<Part>();

  constructor(options: RefillOptions) {
    this.#options = options;
  }

  /**
   * Whether the stream lacks events of a part.
   *
   * @param oldest the stream's first sequence
   */
  isImpossible(part: Part, oldest: number): boolean {
    return part.firstSeq < oldest || this.#impossible.has(part);
  }

  async run(repairs: Pick<Repairs, "missing" | "refill">): Promise<void> {
    const { log, logger } = this.#options;
    if (repairs.missing.length === 0) return;
    const { firstSeq: oldest } = await log.state("TELEMETRY");
    for (const part of repairs.missing) {
      const { firstSeq, lastSeq } = part;
      if (this.isImpossible(part, oldest)) continue;
      const events = readSpan(log, { stream: "TELEMETRY" }, { from: firstSeq, to: lastSeq });
      if (await repairs.refill(part, events)) continue;
      this.#impossible.add(part);
      logger.warn({ firstSeq, lastSeq }, "the stream does not have all events of a missing part of the archive");
    }
  }
}

/** For the heartbeat; undefined if nothing is missing. */
export function missingOf(parts: readonly Part[]): ArchiveReport["missing"] {
  if (parts.length === 0) return undefined;
  const ranges: { from: number; to: number }[] = [];
  for (const { firstSeq: from, lastSeq: to } of parts) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to + 1 === from) last.to = to;
    else ranges.push({ from, to });
  }
  return { events: parts.reduce((sum, { events }) => sum + events, 0), ranges: ranges.slice(0, RANGES) };
}
