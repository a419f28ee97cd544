import { toEvent } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import type { LazyBatch } from "../../log.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Entries } from "./entry-buffer.ts";
import type { EntrySource } from "./source.ts";
import { JetStreamSubscription } from "./subscription.ts";

const HELD_BACK = new Promise<never>(() => {});

function entriesOf(seqs: readonly number[]): Entries {
  const events = seqs.map((seq) => {
    const frame = { id: `e${seq}`, source: "/devices/a", time: "2026-11-30T00:00:00Z", entity: "a" };
    return toEvent({ type: "DeviceEventReported", data: { name: "n", data: {} } }, frame);
  });
  return {
    length: seqs.length,
    seq: (i) => seqs[i] ?? 0,
    pending: () => 0,
    subject: (i) => events[i]?.subject ?? "",
    json: (i) => JSON.stringify(events[i]),
  };
}

/** Subscribes to a stream with replicas. Each new source reads the next copy; all further sources read the last one. */
function subscribe(copies: readonly (readonly number[])[], isMissing: (from: number) => boolean) {
  const opened: number[] = [];
  const seen: number[] = [];
  const asked: number[] = [];
  const connection = { logger: { warn() {} } } as unknown as ServerConnection;
  const open = async (from: number) => {
    const copy = copies[Math.min(opened.push(from), copies.length) - 1] ?? [];
    const left = copy.filter((seq) => seq >= from);
    const source: EntrySource = {
      // The server counts the lost entries as delivered.
      passedSeq: Math.max(...copy),
      take: async () => (left.length === 0 ? HELD_BACK : entriesOf(left.splice(0))),
      close() {},
    };
    return { source, matches: undefined, gaplessFrom: from };
  };
  const onBatch = ({ events }: LazyBatch) => {
    for (const { seq } of events) seen.push(seq);
  };
  new JetStreamSubscription(
    connection,
    { stream: "FLEET", from: 1, onBatch },
    {
      open,
      first: async () => 1,
      onSkipped() {},
      isMissing: async (from) => {
        asked.push(from);
        return isMissing(from);
      },
    },
  );
  return { opened, seen, asked };
}

describe("a subscription that gets no entry 3", () => {
  it("goes on with another source from entry 3 if only the first source lacks it", async () => {
    const { opened, seen, asked } = subscribe(
      [
        [1, 2, 4, 5],
        [3, 4, 5, 6],
      ],
      () => false,
    );
    await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(opened).toEqual([1, 3]);
    expect(asked).toEqual([3]);
  });

  it("tries again as long as its source is the damaged copy", async () => {
    const { opened, seen } = subscribe([[1, 2, 4], [4], [4], [3, 4]], () => false);
    await expect.poll(() => seen).toEqual([1, 2, 3, 4]);
    expect(opened).toEqual([1, 3, 3, 3]);
  });

  it("goes on after entry 3 if it is missing everywhere", async () => {
    const { opened, seen } = subscribe([[1, 2, 4, 5]], () => true);
    await expect.poll(() => seen).toEqual([1, 2, 4, 5]);
    expect(opened).toEqual([1]);
  });
});
