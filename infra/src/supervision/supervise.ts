import { setTimeout as delay } from "node:timers/promises";
import { type Backoff, usualBackoff, waitBefore } from "./backoff.ts";
import type { Part, RunningPart } from "./part.ts";

export interface SuperviseOptions {
  readonly backoff?: Backoff;
  /** Starts that may fail in a row before the first one succeeds; after that it never gives up. */
  readonly firstAttempts?: number;
  /** Told of every end that was not asked for, and of coming back. */
  readonly say: (line: string) => void;
  readonly onUp?: (running: RunningPart) => void;
}

/** A part that is started again whenever it ends on its own. */
export interface Supervised {
  readonly name: string;
  /** Resolves when it is ready for the first time; rejects when it never came up. */
  readonly ready: Promise<RunningPart>;
  /** Ends it in order and for good. */
  stop(): Promise<void>;
  /** Ends it at once and for good. */
  kill(): void;
}

/** Keeps a part running, with a wait that grows from crash to crash. */
export function supervise(part: Part, options: SuperviseOptions): Supervised {
  const { backoff = usualBackoff, firstAttempts = 3, say } = options;
  const stopping = new AbortController();
  const first = Promise.withResolvers<RunningPart>();
  first.promise.catch(() => undefined);
  let current: RunningPart | undefined;
  let wasReady = false;
  let failures = 0;

  const runOnce = async (): Promise<string> => {
    try {
      current = await part.start(stopping.signal);
    } catch (error) {
      return (error as Error).message;
    }
    const since = performance.now();
    options.onUp?.(current);
    if (wasReady) say(`${part.name} is back (pid ${current.pid})`);
    wasReady = true;
    first.resolve(current);
    if (stopping.signal.aborted) await current.stop();
    const why = await current.exited;
    current = undefined;
    if (performance.now() - since >= backoff.soundAfterMs) failures = 0;
    return why;
  };

  const loop = async () => {
    while (!stopping.signal.aborted) {
      const why = await runOnce();
      if (stopping.signal.aborted) break;
      failures += 1;
      if (!wasReady && failures >= firstAttempts) {
        first.reject(new Error(`${part.name} did not start: ${why}`));
        return;
      }
      const wait = waitBefore(failures, backoff);
      say(`${part.name} ended (${why}); starting it again in ${wait / 1000} s`);
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    first.reject(new Error(`${part.name} was stopped before it was ready`));
  };
  const ended = loop();

  return {
    name: part.name,
    ready: first.promise,
    async stop() {
      stopping.abort();
      await current?.stop();
      await ended;
    },
    kill() {
      stopping.abort();
      current?.kill();
    },
  };
}
