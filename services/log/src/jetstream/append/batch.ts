import type { Queue } from "../../flow/queue.ts";
import type { PendingAppend } from "./pending.ts";

/** To stage a batch costs nats-server as much as to sync about 30 events. */
export const SMALLEST_BATCH = 32;
export const LARGEST_BATCH = 1_000;
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
  for (let next = queue.at(0); next !== undefined && ids.size < largest.events; next = queue.at(ids.size)) {
    bytes += next.bytes;
    if (next.expectedLastSeq !== undefined || ids.has(next.id) || bytes > largest.bytes) break;
    ids.add(next.id);
  }
  if (ids.size < SMALLEST_BATCH) return undefined;
  return Array.from(ids, () => queue.shift() as PendingAppend);
}

/**
 * The protocol text of a batch, which the server stores as a whole with one sync. If the server refuses a batch at
 * once, its answer to the first message says why.
 */
export function batchText(appends: readonly PendingAppend[], id: string, firstReply: string, reply: string): string {
  const last = appends.length;
  let text = "";
  for (let i = 0; i < last; ) {
    const { id: messageId, subject, json, bytes } = appends[i] as PendingAppend;
    i += 1;
    const commit = i === last ? "Nats-Batch-Commit: 1\r\n" : "";
    const to = i === last ? ` ${reply}` : i === 1 ? ` ${firstReply}` : "";
    const headers = `NATS/1.0\r\nNats-Msg-Id: ${messageId}\r\nNats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${i}\r\n${commit}\r\n`;
    text += `HPUB ${subject}${to} ${headers.length} ${headers.length + bytes}\r\n${headers}${json}\r\n`;
  }
  return text;
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
    return this.#suspects === 0 ? LARGEST_BATCH : Math.ceil(this.#suspects / 2);
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
