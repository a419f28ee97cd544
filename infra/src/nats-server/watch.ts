import { statfs } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { jetStreamResponds, type ProbedServer } from "./jetstream-probe.ts";

export interface WatchOptions extends ProbedServer {
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly pace?: WatchPace;
}

export interface WatchPace {
  readonly everyMs: number;
  readonly withinMs: number;
  /** Missed answers in a row that mean a hung server; fewer may mean a busy server. */
  readonly misses: number;
  /** Whether the disk has space: on a full disk a restarted server would hang again. */
  readonly hasRoom: (folder: string) => Promise<boolean>;
}

const MIN_FREE_BYTES = 16 * 1_024 ** 2;
const DEFAULT_PACE: WatchPace = { everyMs: 5_000, withinMs: 5_000, misses: 4, hasRoom };

/**
 * Resolves when JetStream has not answered for a while and the disk has space; never after an abort.
 *
 * On a full disk nats-server 2.9 hangs for good: writeMsgRecord waits for a lock that it holds. Newer servers disable
 * JetStream until a restart.
 */
export async function untilUnresponsive(options: WatchOptions): Promise<void> {
  const { folder, say, signal, pace = DEFAULT_PACE } = options;
  let missed = 0;
  while (!signal.aborted) {
    await delay(pace.everyMs, undefined, { signal }).catch(() => undefined);
    missed = (await jetStreamResponds(options, pace.withinMs)) ? 0 : missed + 1;
    if (missed < pace.misses || signal.aborted) continue;
    if (await pace.hasRoom(folder)) return;
    if (missed === pace.misses)
      say("nats-server does not answer and its disk is full; it will be restarted once there is space");
  }
  await new Promise<never>(() => undefined);
}

async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= MIN_FREE_BYTES;
}
