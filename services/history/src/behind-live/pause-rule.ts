/**
 * How long processes ran, and waited for a processor, since the last look: milliseconds, of all their threads together.
 */
export interface Use {
  readonly ranMs: number;
  /** Ready to run, without a processor. */
  readonly waitedMs: number;
}

/** What happens until the next look. */
export interface Step {
  readonly isPause: boolean;
  readonly ms: number;
}

/** The processes run at least this long after each pause. */
export const SLICE_MS = 20;
const LONGEST_PAUSE_MS = 80;
/** Between two looks at processes that run freely. */
const SAMPLE_MS = 100;
/** After this many slices without waiting, the processes run freely: the next looks are at intervals of `SAMPLE_MS`. */
const QUIET_SLICES = 3;
/** The machine is busy if others had the processor for more than this share of the time for which these processes wanted one. */
const BUSY_SHARE = 0.2;
/** Share of one processor that these processes get on a busy machine. They get more if the longest pause is too short. */
const SHARE_WHEN_BUSY = 0.1;
/** Less time than this shows nothing: the processes sleep, or still wait for a processor, which Linux counts at the end. */
const LEAST_MS = 1;

/**
 * Decides when analysts' processes pause: after each slice of time in which other processes used the processors for
 * which these waited. They never pause on a machine with idle processors, nor on one that gives them hardly any time
 * anyway.
 */
export class PauseRule {
  readonly #processors: number;
  #quiet = 0;

  constructor(processors: number) {
    this.#processors = processors;
  }

  /** @param wallMs for which the processes could run since the last look */
  next({ ranMs, waitedMs }: Use, wallMs: number): Step {
    // How long others had processors: at most the time that these processes left unused. If they use all processors,
    // they wait only for each other.
    const lostMs = Math.max(0, Math.min(waitedMs, this.#processors * wallMs - ranMs));
    const isBusy = lostMs > BUSY_SHARE * (ranMs + lostMs);
    if (ranMs + lostMs >= LEAST_MS) this.#quiet = isBusy ? 0 : this.#quiet + 1;
    const pauseMs = isBusy ? Math.min(LONGEST_PAUSE_MS, ranMs / SHARE_WHEN_BUSY - wallMs) : 0;
    if (pauseMs >= LEAST_MS) return { isPause: true, ms: pauseMs };
    return { isPause: false, ms: this.#quiet < QUIET_SLICES ? SLICE_MS : SAMPLE_MS };
  }
}
