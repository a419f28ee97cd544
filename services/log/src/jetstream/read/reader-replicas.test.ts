import { expect, it } from "vitest";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { Fetcher } from "./fetch.ts";
import { Reader } from "./reader.ts";

const SUBJECT = "fleet.device.d1";

interface Request {
  readonly seq?: number;
  readonly last_by_subj?: string;
  readonly next_by_subj?: string;
  readonly config?: { readonly opt_start_seq: number };
}

/**
 * Events of one device, in a cluster. Each new consumer reads the next copy; all further consumers read the last one.
 */
function cluster(leader: readonly number[], copies: readonly (readonly number[])[], firstSeq = 1) {
  let deliver = (_: unknown): void => {};
  let entries: readonly number[] = [];
  let consumers = 0;
  const lastSeq = leader.at(-1) ?? 0;
  const api = async (subject: string, { seq = 1, last_by_subj, next_by_subj, config }: Request) => {
    if (subject.startsWith("$JS.API.CONSUMER.CREATE.")) {
      const copy = copies[Math.min(consumers++, copies.length - 1)] ?? [];
      entries = copy.filter((one) => one >= (config?.opt_start_seq ?? 1));
      return { num_pending: entries.length };
    }
    if (subject === "$JS.API.STREAM.INFO.FLEET")
      return { config: {}, state: { messages: leader.length, first_seq: firstSeq, last_seq: lastSeq } };
    const found =
      last_by_subj !== undefined
        ? lastSeq
        : leader.find((one) => (next_by_subj === undefined ? one === seq : one >= seq));
    if (found === undefined)
      throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
    return { message: { seq: found, data: "" } };
  };
  const nc = {
    request: async () => ({}),
    subscribe(_: string, { callback }: { callback: (error: null, message: unknown) => void }) {
      deliver = (message) => callback(null, message);
      return { unsubscribe() {} };
    },
    publish(_: string, request: string) {
      const { batch } = JSON.parse(request) as { batch: number };
      for (const seq of entries.slice(0, batch))
        deliver({
          reply: `$JS.ACK.FLEET.c.1.${seq}.1.1700000000000000000.0`,
          subject: SUBJECT,
          data: new Uint8Array(),
        });
      entries = entries.slice(batch);
    },
  };
  const connection = {
    ...{ api, nc, up: true, maxPayload: 1_024, capabilities: { cheapWildcards: true } },
    ...{ inbox: () => "inbox", onChange: () => () => {} },
  } as unknown as ServerConnection;
  return new Reader(
    connection,
    new Fetcher(connection),
    () => 3,
    () => {},
  );
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

it("a range of entries is read again if a copy is late, even if the range ends before the stream", async () => {
  const reader = cluster(upTo(9), [upTo(2), upTo(9)]);
  const seqs: number[] = [];
  for await (const { seq } of reader.entries({ stream: "FLEET", fromSeq: 1, toSeq: 4 })) seqs.push(seq);
  expect(seqs).toEqual([1, 2, 3, 4]);
});

it("a device's events from a sequence on are read whole if a copy is late or damaged", async () => {
  for (const copy of [upTo(11), [...upTo(11), 14, 15, 16, 17, 18, 19, 20]]) {
    const reader = cluster(upTo(20), [copy, upTo(20)]);
    const seqs: number[] = [];
    for await (const page of reader.pages({ stream: "FLEET", category: "device", entity: "d1", fromSeq: 2 }))
      seqs.push(...page.map(({ seq }) => seq));
    expect(seqs).toEqual(upTo(20).slice(1));
  }
});

it("all events are read, even if earlier events have expired and a copy lacks the stream's first entry", async () => {
  const whole = upTo(9).slice(4);
  const reader = cluster(whole, [[7, 8, 9], whole], 5);
  const seqs: number[] = [];
  for await (const page of reader.pages({ stream: "FLEET" })) seqs.push(...page.map(({ seq }) => seq));
  expect(seqs).toEqual(whole);
});
