import type { Queue } from "../flow/queue.ts";
import type { PendingAppend } from "./pending.ts";

/** With fewer, publishing one by one is faster: staging a batch costs nats-server as much as syncing about 30 events. */
export const SMALLEST_BATCH = 32;
/** The server's limit. */
export const LARGEST_BATCH = 1_000;
/** Limits how long a batch takes, and how much is sent again when the server refuses it. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/** An atomic batch that is sent and not answered yet. */
export interface SentBatch {
  readonly appends: readonly PendingAppend[];
  readonly sentAt: number;
}

/**
 * Takes a batch from the head of the queue; undefined if it would be too small to be worth it. It ends before an append with
 * an expected sequence, which needs an answer of its own, and before an id that the batch contains already.
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
 * Protocol text of an atomic batch: the server stores all of it or nothing, with contiguous sequences, and syncs once
 * before it acknowledges the last message. The first message asks for an answer as well, because there the server says
 * why it does not begin a batch.
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
 * Limits the next batch after the server has refused one. The server refuses a whole batch because of a single
 * duplicate, and does not say which event it is. So the batch is halved until few appends are left. These are published
 * one by one, because a plain publish of a duplicate is acknowledged. If the server refuses a batch for another reason,
 * its events are published one by one at once, so that each gets its own answer. Counts are of appends at the head of
 * the queue.
 */
export class Bisection {
  #suspects = 0;
  #alone = 0;

  /** How many appends are to be published one by one. */
  get alone(): number {
    return this.#alone;
  }

  /** The largest batch that may be sent now. */
  get limit(): number {
    return this.#suspects === 0 ? LARGEST_BATCH : Math.ceil(this.#suspects / 2);
  }

  /** A batch of this size was stored. */
  stored(appends: number): void {
    this.#suspects = Math.max(0, this.#suspects - appends);
    this.#settle();
  }

  /** A batch of this size contains a duplicate, and is back at the head of the queue. */
  duplicateIn(appends: number): void {
    this.#suspects = appends;
    this.#settle();
  }

  /** A batch of this size was refused for another reason. */
  refused(appends: number): void {
    this.#suspects = 0;
    this.#alone = appends;
  }

  /** An append was published by itself. */
  sentAlone(): void {
    if (this.#alone > 0) this.#alone -= 1;
  }

  /** The order of the queue has changed. */
  reset(): void {
    this.#suspects = 0;
    this.#alone = 0;
  }

  /** Publishes the suspects one by one if they are too few to be halved. */
  #settle(): void {
    if (this.#suspects === 0 || this.#suspects >= 2 * SMALLEST_BATCH) return;
    this.#alone = this.#suspects;
    this.#suspects = 0;
  }
}
