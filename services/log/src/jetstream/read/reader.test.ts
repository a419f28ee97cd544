import { headers, type MsgHdrs } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import { subjectMatches } from "../../filter.ts";
import { Fetcher } from "./fetch.ts";
import { Reader } from "./reader.ts";
import { type SimulatedRequest, simulatedConnection } from "./testing/simulated-connection.ts";

const ONE = "fleet.device.d1";
const OTHER = "fleet.command.d1";
const SUBJECTS = [ONE, OTHER, ONE, ONE, "fleet.device.d2", OTHER, ONE];

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
  const nc = {
    async request(subject: string) {
      const found = entries.findLast(matching(subject.replace("$JS.API.DIRECT.GET.FLEET.", "")));
      return found === undefined
        ? message("", 0, headers(404, "Message Not Found"))
        : message(found.subject, found.seq);
    },
    async requestMany(_: string, text: string) {
      const { multi_last, next_by_subj = "" } = JSON.parse(text) as SimulatedRequest;
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
  };
  const connection = simulatedConnection({
    range: () => ({ firstSeq: 1, lastSeq: entries.length }),
    consume: ({ filter_subject }) =>
      entries
        .filter(matching(filter_subject))
        .map(({ subject, seq }) => ({ subject, seq, message: message(subject, seq) })),
    find: ({ seq = 1, next_by_subj }) =>
      entries.find((entry) => entry.seq >= seq && matching(next_by_subj)(entry))?.seq,
    nc,
    connection: {
      capabilities: { multiLast: true, cheapWildcards: true },
      logger: { warn: (_: object, text: string) => void warnings.push(text) },
    },
  });
  const reader = new Reader(connection, new Fetcher(connection), () => 1, onSkipped);
  const read = async (query: Omit<Parameters<Reader["pages"]>[0], "stream">) => {
    const seqs: number[] = [];
    for await (const page of reader.pages({ stream: "FLEET", ...query })) seqs.push(...page.map(({ seq }) => seq));
    return seqs;
  };
  return { reader, read, asked, warnings };
}

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

describe("a stream whose server is older than the server to which the process is connected", () => {
  it("is read with a consumer for a query of one subject, and later queries do not try a faster way again", async () => {
    const { read, asked, warnings } = olderServer();
    const query = { category: "device", entity: "d1" } as const;
    expect(await read(query)).toEqual([1, 3, 4, 7]);
    expect(await read(query)).toEqual([1, 3, 4, 7]);
    expect(asked).toEqual(["next"]);
    expect(warnings).toEqual([expect.stringContaining("older nats-server")]);
  });

  it("is read backwards without repeated or missing entries, and later queries do not try a faster way again", async () => {
    const { read, asked } = olderServer();
    const query = { entity: "d1", direction: "backwards" } as const;
    expect(await read(query)).toEqual([7, 6, 4, 3, 2, 1]);
    expect(await read(query)).toEqual([7, 6, 4, 3, 2, 1]);
    expect(asked).toEqual(["multi_last"]);
  });
});
