import { statfs } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { answers } from "./answers.ts";

export interface WatchOptions {
  readonly host: string;
  readonly port: number;
  /** Where its store is. */
  readonly folder: string;
  /** Told when it waits for room on the disk. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly pace?: WatchPace;
}

export interface WatchPace {
  readonly everyMs: number;
  readonly withinMs: number;
  /** So many in a row, before a busy server is taken for one that hangs. */
  readonly misses: number;
  /** Whether there is room on the disk of a folder: without it a new start would only hang again. */
  readonly hasRoom: (folder: string) => Promise<boolean>;
}

const ROOM_BYTES = 16 * 1_024 ** 2;
const USUAL: WatchPace = { everyMs: 5_000, withinMs: 5_000, misses: 4, hasRoom };

/**
 * Resolves when a server must be started anew: its JetStream has not answered for a while, and there is room on its disk.
 * A full disk makes nats-server 2.9 hang for good (writeMsgRecord waits for a lock that it holds), and newer ones switch
 * JetStream off until they are started again. Never resolves after an abort.
 */
export async function untilUnresponsive(options: WatchOptions): Promise<void> {
  const { host, port, folder, say, signal, pace = USUAL } = options;
  let missed = 0;
  while (!signal.aborted) {
    await delay(pace.everyMs, undefined, { signal }).catch(() => undefined);
    missed = (await answers(host, port, pace.withinMs)) ? 0 : missed + 1;
    if (missed < pace.misses || signal.aborted) continue;
    if (await pace.hasRoom(folder)) return;
    if (missed === pace.misses)
      say("nats-server does not answer, and its disk is full: it is started again once there is room");
  }
  await new Promise<never>(() => undefined);
}

async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= ROOM_BYTES;
}
