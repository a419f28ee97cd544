import type { Msg } from "@nats-io/nats-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EntryReceiver } from "../connection/entry-frames.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Entries } from "./entry-buffer.ts";
import { PullSource, SourceLost } from "./source.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function openSource(): { readonly source: PullSource; deliver(seq: number, pending: number): void } {
  const inboxes: ((message: Msg) => void)[] = [];
  const connection = {
    nc: { publish: () => {}, request: async () => {} },
    up: true,
    maxPayload: 1_024,
    inbox: () => "inbox",
    onChange: () => () => {},
    receiveEntries: (_: string, __: EntryReceiver, other: (message: Msg) => void) => {
      inboxes.push(other);
      return () => {};
    },
  };
  const consumer = { name: "name", pending: 2, requestSubject: "next" };
  return {
    source: new PullSource(connection as unknown as ServerConnection, "FLEET", consumer, 256),
    deliver: (seq, pending) =>
      inboxes[0]?.({
        subject: "fleet.event.a",
        data: Buffer.from(`{"n":${seq}}`),
        reply: `$JS.ACK.FLEET.name.1.${seq}.${seq}.1795236303438279474.${pending}`,
      } as unknown as Msg),
  };
}

describe("a pull source", () => {
  it("is lost if entries are stored and no message arrives", async () => {
    const { source } = openSource();
    const taken = source.take(1).catch((error: unknown) => error);
    vi.advanceTimersByTime(14_000);
    expect(await taken).toBeInstanceOf(SourceLost);
    source.close();
  });

  it("reads the messages that came while this process was busy, however long that took", async () => {
    const { source, deliver } = openSource();
    deliver(1, 1);
    expect(await source.take(1)).toHaveLength(1);
    // A blocked process runs the timer first, and then reads from its sockets.
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(2_000);
    deliver(2, 0);
    expect(await source.take(1)).toHaveLength(1);
    source.close();
  });

  it("gives at most as many entries as asked for, and keeps them until the next call while others arrive", async () => {
    const { source, deliver } = openSource();
    const texts = ({ length, ...entries }: Entries) => Array.from({ length }, (_, i) => entries.json(i));
    for (const seq of [1, 2, 3]) deliver(seq, 9 - seq);
    const first = await source.take(2);
    for (const seq of [4, 5]) deliver(seq, 9 - seq);
    expect(texts(first)).toEqual(['{"n":1}', '{"n":2}']);
    expect(texts(await source.take(2))).toEqual(['{"n":3}']);
    deliver(6, 3);
    const last = await source.take(9);
    source.close();
    expect(texts(last)).toEqual(['{"n":4}', '{"n":5}', '{"n":6}']);
    expect(await source.take(1)).toHaveLength(0);
  });

  it("is lost if no message arrives, even after this process was busy", async () => {
    const { source } = openSource();
    const taken = source.take(1).catch((error: unknown) => error);
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(16_000);
    expect(await taken).toBeInstanceOf(SourceLost);
    source.close();
  });

  it("is lost if no message arrives and this process is busy all the time", async () => {
    const { source } = openSource();
    const taken = source.take(1).catch((error: unknown) => error);
    for (let check = 0; check < 15; check++) {
      vi.setSystemTime(Date.now() + 10_000);
      vi.advanceTimersByTime(2_000);
    }
    expect(await taken).toBeInstanceOf(SourceLost);
    source.close();
  });
});
