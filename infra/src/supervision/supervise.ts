import { setTimeout as delay } from "node:timers/promises";
import { type BackoffOptions, pauseAfter } from "@fleetlog/runtime";
import type { ManagedProcess, RunningProcess, SpawnedProcess } from "./managed-process.ts";

/** How long to wait before each restart. */
export interface RestartBackoff extends BackoffOptions {
  /** After this time a process is healthy, and its next restart waits `firstMs` again. */
  readonly soundAfterMs: number;
}

export const RESTARTS: RestartBackoff = { firstMs: 500, longestMs: 30_000, jitter: "none", soundAfterMs: 60_000 };

export interface SuperviseOptions {
  readonly backoff?: RestartBackoff;
  /** Failed starts before the supervisor gives up; after a success it never does. */
  readonly firstAttempts?: number;
  readonly say: (line: string) => void;
  /** Called at each start, before the process is ready. */
  readonly onSpawn?: (spawned: SpawnedProcess) => void;
}

/** A process that restarts when it ends on its own. */
export interface Supervised {
  readonly name: string;
  /** Resolves when the process is first ready; rejects when the supervisor gives up. */
  readonly ready: Promise<RunningProcess>;
  stop(): Promise<void>;
  kill(): void;
}

export function supervise(managed: ManagedProcess, options: SuperviseOptions): Supervised {
  const { backoff = RESTARTS, firstAttempts = 3, say } = options;
  const stopping = new AbortController();
  const first = Promise.withResolvers<RunningProcess>();
  first.promise.catch(() => undefined);
  let current: RunningProcess | undefined;
  let wasReady = false;
  let failures = 0;

  const runOnce = async (): Promise<string> => {
    try {
      current = await managed.start(stopping.signal, (spawned) => options.onSpawn?.(spawned));
    } catch (error) {
      return (error as Error).message;
    }
    const since = performance.now();
    if (wasReady) say(`${managed.name} is running again (pid ${current.pid})`);
    wasReady = true;
    first.resolve(current);
    if (stopping.signal.aborted) await current.stop();
    const reason = await current.exited;
    current = undefined;
    if (performance.now() - since >= backoff.soundAfterMs) failures = 0;
    return reason;
  };

  const loop = async () => {
    while (!stopping.signal.aborted) {
      const reason = await runOnce();
      if (stopping.signal.aborted) break;
      failures += 1;
      if (!wasReady && failures >= firstAttempts) {
        first.reject(new Error(`${managed.name} did not start: ${reason}`));
        return;
      }
      const wait = pauseAfter(failures, backoff);
      say(`${managed.name} ended (${reason}); restarting it in ${wait / 1000} s`);
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    first.reject(new Error(`${managed.name} was stopped before it was ready`));
  };
  const ended = loop();

  return {
    name: managed.name,
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
