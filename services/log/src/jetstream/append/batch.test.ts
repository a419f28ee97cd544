import { describe, expect, it } from "vitest";
import { Queue } from "../../flow/queue.ts";
import { BATCH_BYTES, Bisection, batchBytes, LARGEST_BATCH, SMALLEST_BATCH, takeBatch } from "./batch.ts";
import type { PendingAppend } from "./pending.ts";

function pending(id: string, more: Partial<PendingAppend> = {}): PendingAppend {
  const json = JSON.stringify({ id });
  return {
    order: 0,
    id,
    subject: "fleet.event.a",
    json,
    bytes: json.length,
    expectedLastSeq: undefined,
    newId: false,
    failFast: false,
    receiver: { stored() {}, refused() {} },
    settled: false,
    inBatch: false,
    attempts: 0,
    firstSentAt: 0,
    sentAt: 0,
    afterSeq: 0,
    ...more,
  };
}

function queueOf(appends: readonly PendingAppend[]): Queue<PendingAppend> {
  const queue = new Queue<PendingAppend>();
  for (const append of appends) queue.push(append);
  return queue;
}

const many = (count: number) => Array.from({ length: count }, (_, i) => pending(`${i}`));
const limits = { events: LARGEST_BATCH, bytes: BATCH_BYTES };

describe("takeBatch", () => {
  it("takes 4,000 appends from the head of the queue", () => {
    const queue = queueOf(many(LARGEST_BATCH + 5));
    expect(takeBatch(queue, limits)?.map(({ id }) => Number(id))).toEqual(
      Array.from({ length: LARGEST_BATCH }, (_, i) => i),
    );
    expect(queue.length).toBe(5);
  });

  it("takes nothing from a queue of fewer than 32 appends", () => {
    const queue = queueOf(many(SMALLEST_BATCH - 1));
    expect(takeBatch(queue, limits)).toBeUndefined();
    expect(queue.length).toBe(SMALLEST_BATCH - 1);
  });

  it("ends before an append that has an expected sequence or a repeated id, or exceeds the limit of bytes", () => {
    const enough = many(SMALLEST_BATCH);
    for (const next of [pending("x", { expectedLastSeq: 3 }), pending("0"), pending("x", { bytes: BATCH_BYTES })]) {
      const queue = queueOf([...enough, next, pending("y")]);
      expect(takeBatch(queue, limits)).toEqual(enough);
      expect(queue.length).toBe(2);
    }
  });
});

describe("batchBytes", () => {
  it("numbers the messages, requests answers to the first and the last, and commits with the last", () => {
    const bytes = batchBytes([pending("a"), pending("b"), pending("c")], "B", "in.1", "in.2");
    const line = (reply: string, seq: number, commit = "") => {
      const id = "abc"[seq - 1];
      const headers = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\nNats-Batch-Id: B\r\nNats-Batch-Sequence: ${seq}\r\n${commit}\r\n`;
      return `HPUB fleet.event.a${reply} ${headers.length} ${headers.length + 10}\r\n${headers}{"id":"${id}"}\r\n`;
    };
    expect(Buffer.from(bytes).toString()).toBe(
      line(" in.1", 1) + line("", 2) + line(" in.2", 3, "Nats-Batch-Commit: 1\r\n"),
    );
  });
});

describe("Bisection", () => {
  function search(
    count: number,
    duplicates: ReadonlySet<number>,
  ): { readonly batches: number[]; readonly alone: number } {
    const bisection = new Bisection();
    const batches: number[] = [];
    let alone = 0;
    for (let at = 0; at < count; ) {
      const size = Math.min(bisection.limit, count - at);
      if (bisection.alone > 0 || size < SMALLEST_BATCH) {
        bisection.sentAlone(1);
        alone += 1;
        at += 1;
        continue;
      }
      batches.push(size);
      if ([...duplicates].some((index) => index >= at && index < at + size)) bisection.duplicateIn(size);
      else {
        bisection.stored(size);
        at += size;
      }
    }
    return { batches, alone };
  }

  it("halves a refused batch until a few are left", () => {
    expect(search(1_000, new Set([0]))).toEqual({ batches: [1_000, 500, 250, 125, 63, 968 - 31], alone: 63 });
    const { batches, alone } = search(1_000, new Set([999]));
    expect(batches.slice(0, 2)).toEqual([1_000, 500]);
    expect(alone).toBeLessThan(2 * SMALLEST_BATCH);
    expect(batches.length).toBeLessThan(8);
  });

  it("ends after fewer than 100 batches with 10 to 1,000 duplicates in 1,000 appends", () => {
    for (const step of [1, 2, 7, 100]) {
      const duplicates = new Set(Array.from({ length: 1_000 / step }, (_, i) => i * step));
      const { batches, alone } = search(1_000, duplicates);
      expect(alone).toBeLessThanOrEqual(1_000);
      expect(batches.length).toBeLessThan(100);
    }
  });

  it("sends the appends of a batch one by one if the batch was refused, but not for a duplicate", () => {
    const bisection = new Bisection();
    bisection.refused(2);
    expect(bisection.alone).toBe(2);
    bisection.sentAlone(1);
    bisection.sentAlone(1);
    expect(bisection.alone).toBe(0);
    expect(bisection.limit).toBe(Number.POSITIVE_INFINITY);
  });
});
