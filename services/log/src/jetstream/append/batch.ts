import type { Queue } from "../../flow/queue.ts";
import type { PendingAppend } from "./pending.ts";
import { publishBytes, publishHead } from "./publish-bytes.ts";

/** Staging a batch costs nats-server as much as syncing about 30 events. */
export const SMALLEST_BATCH = 32;
/** Larger batches are not faster. */
export const LARGEST_BATCH = 4_000;
/** nats-server's limit, unless its configuration has another one (`jetstream { limits { batch { max_msgs } } }`). */
export const DEFAULT_LIMIT = 1_000;
/** Limits a batch's duration, and the bytes that are sent again after a refusal. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Takes the next batch from the queue; undefined if too few appends wait. A batch ends before an append with an
 * expected sequence, which needs an answer of its own, and before a repeated id.
 */
export function takeBatch(
  queue: Queue<PendingAppend>,
  largest: { readonly events: number; readonly bytes: number },
): readonly PendingAppend[] | undefined {
  const ids = new Set<string>();
  let bytes = 0;
  let count = 0;
  for (let next = queue.at(0); next !== undefined && count < largest.events; next = queue.at(count)) {
    bytes += next.bytes;
    if (next.expectedLastSeq !== undefined || bytes > largest.bytes || ids.has(next.id)) break;
    if (!next.newId) ids.add(next.id);
    count += 1;
  }
  if (count < SMALLEST_BATCH) return undefined;
  return Array.from({ length: count }, () => queue.shift() as PendingAppend);
}

/**
 * The protocol's bytes of a batch, which the server stores as a whole with one sync. If the server refuses a batch at
 * once, its answer to the first message says why.
 */
export function batchBytes(
  appends: readonly PendingAppend[],
  id: string,
  firstReply: string,
  reply: string,
): Uint8Array {
  const last = appends.length - 1;
  const heads = appends.map((append, i) => {
    const commit = i === last ? "Nats-Batch-Commit: 1\r\n" : "";
    const headers = `Nats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${i + 1}\r\n${commit}`;
    return publishHead(append, i === last ? reply : i === 0 ? firstReply : "", headers);
  });
  return publishBytes(heads, appends);
}

/**
 * Limits the next batch after a refusal. The server refuses a whole batch because of one duplicate, without naming it.
 * So a refused batch is halved down to a few appends, which are published one by one.
 */
export class Bisection {
  /** Appends of the last refused batch that are not stored yet: at least one is a duplicate. 0: no batch was refused. */
  #suspects = 0;
  /** The number of next appends that must be published one by one. */
  #alone = 0;

  get alone(): number {
    return this.#alone;
  }

  get limit(): number {
    return this.#suspects === 0 ? Number.POSITIVE_INFINITY : Math.ceil(this.#suspects / 2);
  }

  stored(appends: number): void {
    this.#suspects = Math.max(0, this.#suspects - appends);
    this.#settle();
  }

  duplicateIn(appends: number): void {
    this.#suspects = appends;
    this.#settle();
  }

  refused(appends: number): void {
    this.#suspects = 0;
    this.#alone = appends;
  }

  sentAlone(appends: number): void {
    this.#alone = Math.max(0, this.#alone - appends);
  }

  reset(): void {
    this.#suspects = 0;
    this.#alone = 0;
  }

  #settle(): void {
    if (this.#suspects === 0 || this.#suspects >= 2 * SMALLEST_BATCH) return;
    this.#alone = this.#suspects;
    this.#suspects = 0;
  }
}
