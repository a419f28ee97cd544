import type { Appended, AppendReceiver } from "../../log.ts";

export interface PendingAppend {
  readonly order: number;
  readonly id: string;
  readonly subject: string;
  readonly json: string;
  readonly bytes: number;
  readonly expectedLastSeq: number | undefined;
  /** No earlier append has the id. */
  readonly newId: boolean;
  /** While the stream is full, the append rejects instead of waiting. */
  readonly failFast: boolean;
  readonly receiver: AppendReceiver;
  /** Whether the caller has received the outcome. Then the append is not sent again. */
  settled: boolean;
  /** Whether the append was last sent in a batch that got no answer. Then the server may have stored it. */
  inBatch: boolean;
  /** Number of attempts, without those in refused batches, which have certainly stored nothing. */
  attempts: number;
  /** The times of the first and of the last attempt, in milliseconds since 1970; 0 before the first. */
  firstSentAt: number;
  sentAt: number;
  /** The stream's last sequence before the first attempt. The event can't be stored earlier. */
  afterSeq: number;
}

/** @param lastSeq the stream's last known sequence */
export function markSent(append: PendingAppend, now: number, lastSeq: number): void {
  append.attempts += 1;
  append.sentAt = now;
  if (append.firstSentAt > 0) return;
  append.firstSentAt = now;
  append.afterSeq = lastSeq;
}

export function reportStored({ receiver }: PendingAppend, appended: Appended): void {
  try {
    receiver.stored(appended);
  } catch (error) {
    throwLater(error);
  }
}

export function reportRefused({ receiver }: PendingAppend, reason: Error): void {
  try {
    receiver.refused(reason);
  } catch (error) {
    throwLater(error);
  }
}

/** If a receiver throws, the acknowledgement is still processed to its end. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
