import type { PatternAnswer, PatternRequest } from "./pattern-worker.ts";

/** Usual tests take microseconds, but the first test waits for the worker's start. */
const LONGEST_MS = 500;
const MAX_CHARS = 10_000;

type PatternWorker = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/**
 * Matches values with patterns that devices declare. A pattern such as `^(a+)+$` may take for ever, so a worker tests
 * it and is ended after {@link LONGEST_MS}. The device then validates the value.
 */
export class Patterns {
  readonly #start: () => PatternWorker | undefined;
  readonly #waiting = new Map<number, (matches: boolean) => void>();
  readonly #tooSlow = new Set<string>();
  #worker: PatternWorker | undefined;
  #ids = 0;

  constructor(start: () => PatternWorker | undefined = startWorker) {
    this.#start = start;
  }

  /** True for a value that cannot be tested. */
  async matches(value: string, pattern: string): Promise<boolean> {
    if (this.#tooSlow.has(pattern) || value.length + pattern.length > MAX_CHARS) return true;
    this.#worker ??= this.#begin();
    const worker = this.#worker;
    if (worker === undefined) return true;
    const id = ++this.#ids;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#tooSlow.add(pattern);
        this.#end();
      }, LONGEST_MS);
      this.#waiting.set(id, (matches) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(matches);
      });
      worker.postMessage({ id, pattern, value } satisfies PatternRequest);
    });
  }

  #begin(): PatternWorker | undefined {
    const worker = this.#start();
    if (worker === undefined) return undefined;
    worker.onmessage = ({ data: { id, matches } }: MessageEvent<PatternAnswer>) => this.#waiting.get(id)?.(matches);
    worker.onerror = () => this.#end();
    return worker;
  }

  /** Values that still wait count as matching. */
  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const resolve of [...this.#waiting.values()]) resolve(true);
  }
}

function startWorker(): PatternWorker | undefined {
  if (typeof Worker !== "function") return undefined;
  return new Worker(new URL("./pattern-worker.ts", import.meta.url), { type: "module" });
}

export const patterns = new Patterns();
