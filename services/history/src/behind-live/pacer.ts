import { availableParallelism } from "node:os";
import { PauseRule, SLICE_MS, type Use } from "./pause-rule.ts";
import { ProcessUse } from "./process-use.ts";

/** A process that can be paused. Both methods may be called at any time, also after its end. */
export interface Pausable {
  readonly pid: number;
  pause(): void;
  resume(): void;
}

/** The use of a process, looked at again and again. */
export interface UseSource {
  take(): Use;
  close(): void;
}

export interface PacerOptions {
  readonly useOf?: (pid: number) => UseSource;
  readonly processors?: number;
}

/**
 * Pauses processes part of the time while the machine is busy ({@link PauseRule}), all at once. It does nothing while
 * there are no processes.
 */
export class Pacer {
  readonly #options: Required<PacerOptions>;
  readonly #processes = new Map<Pausable, UseSource>();
  #rule: PauseRule;
  #timer: NodeJS.Timeout | undefined;
  #runFrom = 0;
  #pausedFrom: number | undefined;
  #pausedMs = 0;

  constructor({ useOf = (pid) => new ProcessUse(pid), processors = availableParallelism() }: PacerOptions = {}) {
    this.#options = { useOf, processors };
    this.#rule = new PauseRule(processors);
  }

  /** Milliseconds of all pauses up to now. All processes that were there paused together. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedFrom === undefined ? 0 : performance.now() - this.#pausedFrom);
  }

  /** @returns a function that takes the process out, after which it runs */
  add(process: Pausable): () => void {
    this.#processes.set(process, this.#options.useOf(process.pid));
    if (this.#pausedFrom !== undefined) process.pause();
    else if (this.#timer === undefined) this.#begin();
    return () => this.#remove(process);
  }

  #remove(process: Pausable): void {
    const use = this.#processes.get(process);
    if (use === undefined) return;
    use.close();
    this.#processes.delete(process);
    if (this.#pausedFrom !== undefined) process.resume();
    if (this.#processes.size === 0) this.#end();
  }

  #begin(): void {
    this.#rule = new PauseRule(this.#options.processors);
    this.#run(SLICE_MS);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#countPause();
  }

  #run(ms: number): void {
    this.#runFrom = performance.now();
    this.#after(ms, () => this.#look());
  }

  #look(): void {
    let [ranMs, waitedMs] = [0, 0];
    for (const use of this.#processes.values()) {
      const one = use.take();
      ranMs += one.ranMs;
      waitedMs += one.waitedMs;
    }
    const { isPause, ms } = this.#rule.next({ ranMs, waitedMs }, performance.now() - this.#runFrom);
    if (!isPause) {
      this.#run(ms);
      return;
    }
    this.#pausedFrom = performance.now();
    for (const process of this.#processes.keys()) process.pause();
    this.#after(ms, () => this.#resume());
  }

  #resume(): void {
    this.#countPause();
    for (const process of this.#processes.keys()) process.resume();
    this.#run(SLICE_MS);
  }

  #countPause(): void {
    this.#pausedMs = this.pausedMs;
    this.#pausedFrom = undefined;
  }

  #after(ms: number, then: () => void): void {
    this.#timer = setTimeout(then, ms).unref();
  }
}

/** The pacer of all processes that this process starts with the priority `idle`. */
export const pacer = new Pacer();
