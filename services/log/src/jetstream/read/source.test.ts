import type { Msg } from "@nats-io/nats-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerConnection } from "../connection/server-connection.ts";
import { PullSource, SourceLost } from "./source.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function openSource(): { readonly source: PullSource; deliver(seq: number, pending: number): void } {
  const inboxes: ((error: null, message: Msg) => void)[] = [];
  const nc = {
    publish: () => {},
    request: async () => {},
    subscribe: (_: string, { callback }: { callback: (error: null, message: Msg) => void }) => {
      inboxes.push(callback);
      return { unsubscribe: () => {} };
    },
  };
  const connection = { nc, up: true, maxPayload: 1_024, inbox: () => "inbox", onChange: () => () => {} };
  const consumer = { name: "name", pending: 2, requestSubject: "next" };
  return {
    source: new PullSource(connection as unknown as ServerConnection, "FLEET", consumer, 256),
    deliver: (seq, pending) =>
      inboxes[0]?.(null, { reply: `$JS.ACK.FLEET.name.1.${seq}.${seq}.1795236303438279474.${pending}` } as Msg),
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
