import { headers, type MsgHdrs } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import { subjectMatches } from "../../filter.ts";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { Fetcher } from "./fetch.ts";
import { Reader } from "./reader.ts";

const ONE = "fleet.device.d1";
const OTHER = "fleet.command.d1";
const SUBJECTS = [ONE, OTHER, ONE, ONE, "fleet.device.d2", OTHER, ONE];

interface Request {
  readonly seq?: number;
  readonly next_by_subj?: string;
  readonly multi_last?: readonly string[];
  readonly config?: { readonly filter_subject?: string; readonly opt_start_seq: number };
}

/**
 * A stream on nats-server 2.10, read through a newer server of the same cluster. It answers a request for several
 * messages with one message or with an error, and then sends nothing more.
 */
function olderServer(subjects: readonly string[] = SUBJECTS, onSkipped: () => void = () => {}) {
  const entries = subjects.map((subject, i) => ({ subject, seq: i + 1 }));
  const matching =
    (filter: string | undefined) =>
    ({ subject }: { subject: string }) =>
      filter === undefined || subjectMatches(filter, subject);
  const message = (subject: string, seq: number, status?: MsgHdrs) => {
    const found = status ?? headers();
    found.set("Nats-Subject", subject);
    found.set("Nats-Sequence", String(seq));
    return { subject, headers: found, data: Buffer.from(`${seq}`), string: () => `${seq}` };
  };
  const asked: string[] = [];
  const warnings: string[] = [];
  let deliver = (_: unknown): void => {};
  let pending: typeof entries = [];
  const nc = {
    async request(subject: string) {
      const found = entries.findLast(matching(subject.replace("$JS.API.DIRECT.GET.FLEET.", "")));
      return found === undefined
        ? message("", 0, headers(404, "Message Not Found"))
        : message(found.subject, found.seq);
    },
    async requestMany(_: string, text: string) {
      const { multi_last, next_by_subj = "" } = JSON.parse(text) as Request;
      asked.push(multi_last === undefined ? "next" : "multi_last");
      const [first] = entries.filter(matching(next_by_subj));
      const answer =
        multi_last === undefined && first !== undefined
          ? message(first.subject, first.seq)
          : message("", 0, headers(408, "Empty Request"));
      return (async function* () {
        yield answer;
      })();
    },
    subscribe(_: string, { callback }: { callback: (error: null, message: unknown) => void }) {
      deliver = (one) => callback(null, one);
      return { unsubscribe() {} };
    },
    publish(_: string, request: string) {
      const { batch } = JSON.parse(request) as { batch: number };
      for (const { subject, seq } of pending.splice(0, batch))
        deliver({ ...message(subject, seq), reply: `$JS.ACK.FLEET.c.1.${seq}.1.1700000000000000000.0` });
    },
  };
  const api = async (subject: string, { seq = 1, next_by_subj, config }: Request) => {
    if (subject.startsWith("$JS.API.CONSUMER.CREATE.")) {
      const from = config?.opt_start_seq ?? 1;
      pending = entries.filter((entry) => entry.seq >= from && matching(config?.filter_subject)(entry));
      return { num_pending: pending.length };
    }
    if (subject === "$JS.API.STREAM.INFO.FLEET")
      return { config: {}, state: { messages: entries.length, first_seq: 1, last_seq: entries.length } };
    const found = entries.find((entry) => entry.seq >= seq && matching(next_by_subj)(entry));
    if (found === undefined)
      throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
    return { message: { seq: found.seq, data: "" } };
  };
  const connection = {
    ...{ api, nc, up: true, maxPayload: 1_024, capabilities: { multiLast: true, cheapWildcards: true } },
    ...{ inbox: () => "inbox", onChange: () => () => {}, whenUp: async () => {} },
    logger: { warn: (_: object, text: string) => void warnings.push(text) },
  } as unknown as ServerConnection;
  const reader = new Reader(connection, new Fetcher(connection), () => 1, onSkipped);
  const read = async (query: Omit<Parameters<Reader["pages"]>[0], "stream">) => {
    const seqs: number[] = [];
    for await (const page of reader.pages({ stream: "FLEET", ...query })) seqs.push(...page.map(({ seq }) => seq));
    return seqs;
  };
  return { reader, read, asked, warnings };
}

/**
 * A stream with replicas. The replica that is read first has 5 entries. The seventh entry is stored as a read begins.
 */
function lateReplica() {
  let consumers = 0;
  let delivered: number[] = [];
  let deliver = (_: unknown): void => {};
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
  const api = async (subject: string, { seq, config }: Request) => {
    if (subject.startsWith("$JS.API.CONSUMER.CREATE.")) {
      delivered = upTo(++consumers === 1 ? 5 : 7).filter((one) => one >= (config?.opt_start_seq ?? 1));
      return { num_pending: delivered.length };
    }
    if (subject === "$JS.API.STREAM.INFO.FLEET")
      return { config: {}, state: { messages: 6, first_seq: 1, last_seq: 6 } };
    return { message: { seq: seq ?? 7, data: "" } };
  };
  const nc = {
    request: async () => ({}),
    subscribe(_: string, { callback }: { callback: (error: null, message: unknown) => void }) {
      deliver = (message) => callback(null, message);
      return { unsubscribe() {} };
    },
    publish() {
      for (const seq of delivered.splice(0))
        deliver({ subject: ONE, reply: `$JS.ACK.FLEET.c.1.${seq}.1.1700000000000000000.0`, data: Buffer.from("") });
    },
  };
  const connection = {
    ...{ api, nc, up: true, maxPayload: 1_024, capabilities: { multiLast: true, cheapWildcards: true } },
    ...{ inbox: () => "inbox", onChange: () => () => {}, whenUp: async () => {} },
  } as unknown as ServerConnection;
  return new Reader(
    connection,
    new Fetcher(connection),
    () => 3,
    () => {},
  );
}

it.each([{ category: "device" }, { entity: "d1" }] as const)(
  "a read of a replica that is behind is repeated, also if an entry is stored meanwhile: %j",
  async (filter) => {
    const seqs: number[] = [];
    for await (const page of lateReplica().pages({ stream: "FLEET", ...filter, fromSeq: 1 }))
      seqs.push(...page.map(({ seq }) => seq));
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
  },
);

it("the event loop turns while a long read has its entries in memory", async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  // The entries are not events, and the handling of each skipped entry takes a while.
  const { reader } = olderServer(Array(2_000).fill(ONE), () => {
    for (const until = performance.now() + 0.1; performance.now() < until; );
  });
  for await (const event of reader.read({ stream: "FLEET", category: "device", fromSeq: 1 }))
    expect.fail(`${event.id}`);
  clearImmediate(counting);
  expect(turns).toBeGreaterThan(10);
});

describe("a stream on an older server than that to which the process is connected", () => {
  it("is read with a consumer when one subject is read, and the server is not asked again each time", async () => {
    const { read, asked, warnings } = olderServer();
    const query = { category: "device", entity: "d1" } as const;
    expect(await read(query)).toEqual([1, 3, 4, 7]);
    expect(await read(query)).toEqual([1, 3, 4, 7]);
    expect(asked).toEqual(["next"]);
    expect(warnings).toEqual([expect.stringContaining("older nats-server")]);
  });

  it("is read backwards with consumers after the entries that were read singly", async () => {
    const { read, asked } = olderServer();
    const query = { entity: "d1", direction: "backwards" } as const;
    expect(await read(query)).toEqual([7, 6, 4, 3, 2, 1]);
    expect(await read(query)).toEqual([7, 6, 4, 3, 2, 1]);
    expect(asked).toEqual(["multi_last"]);
  });
});
