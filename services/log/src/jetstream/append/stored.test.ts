import { headers, type Msg } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import type { ServerConnection } from "../connection/server-connection.ts";
import { Fetcher } from "../read/fetch.ts";
import type { PendingAppend } from "./pending.ts";
import { findStored, mayFollow } from "./stored.ts";

const SUBJECT = "fleet.command.c1";

/**
 * A stream whose leader has the entries e1, e2 and e3. The nth consumer reads from a replica that has only the first
 * `has[n]` of them.
 */
function replicated(...has: number[]) {
  const calls: string[] = [];
  let reader: (message: Msg) => void = () => {};
  let stored = 0;
  const entry = (seq: number) => {
    const reply = `$JS.ACK.FLEET.c.1.${seq}.${seq}.1750000000000000000.0`;
    const header = headers();
    header.set("Nats-Msg-Id", `e${seq}`);
    return { reply, data: new Uint8Array(0), headers: header, subject: SUBJECT } as unknown as Msg;
  };
  const connection = {
    capabilities: { atomicBatches: false },
    maxPayload: 1_024,
    up: true,
    inbox: () => "inbox",
    onChange: () => () => {},
    async api(subject: string) {
      if (subject.includes("STREAM.INFO"))
        return { config: { max_bytes: -1 }, state: { messages: 3, bytes: 0, first_seq: 1, last_seq: 3 } };
      calls.push(subject.split(".").slice(5).join("."));
      stored = has.shift() ?? 0;
      return { num_pending: stored };
    },
    nc: {
      subscribe(_: string, { callback }: { callback: (error: null, message: Msg) => void }) {
        reader = (message) => callback(null, message);
        return { unsubscribe() {} };
      },
      publish() {
        for (let seq = 1; seq <= stored; seq++) reader(entry(seq));
      },
      request: async () => ({}),
    },
  };
  return { connection: connection as unknown as ServerConnection, calls };
}

const append = { id: "e3", subject: SUBJECT, afterSeq: 0, expectedLastSeq: undefined } as PendingAppend;

describe("the search for earlier attempts of an append", () => {
  it("reads again while a replica lacks the leader's last entry", async () => {
    const { connection, calls } = replicated(2, 0, 3);
    const found = await findStored(connection, new Fetcher(connection), [append], () => 3);
    expect(found).toEqual(new Map([["e3", 3]]));
    expect(calls).toHaveLength(3);
  });

  it("fails while the replicas lack entries, so that nothing is stored twice", async () => {
    const { connection } = replicated(2, 2, 2, 2);
    await expect(findStored(connection, new Fetcher(connection), [append], () => 3)).rejects.toMatchObject({
      code: "log-unavailable",
    });
  });

  it("trusts the only server of a stream without replicas", async () => {
    const { connection, calls } = replicated(2);
    expect(await findStored(connection, new Fetcher(connection), [append], () => 1)).toEqual(new Map());
    expect(calls).toHaveLength(1);
  });
});

describe("whether an earlier attempt may still be stored after a refusal", () => {
  const newest = (seq: number) =>
    ({ api: async () => ({ message: { seq, hdrs: "", data: "" } }) }) as unknown as ServerConnection;
  const retried = { ...append, attempts: 2, expectedLastSeq: 7 };

  it.each([
    ["no, on a single server", 7, retried, 1, false],
    ["no, for an append with a single attempt", 7, { ...retried, attempts: 1 }, 3, false],
    ["yes, in a cluster while nothing follows the expected event", 7, retried, 3, true],
    ["no, in a cluster after an event that follows the expected one", 9, retried, 3, false],
    ["yes, in a cluster without an expectation", 9, { ...retried, expectedLastSeq: undefined }, 3, true],
  ])("%s", async (_, seq, pending, replicas, expected) => {
    expect(await mayFollow(newest(seq), pending, () => replicas)).toBe(expected);
  });
});
