import { expect, it } from "vitest";
import { Fetcher } from "./fetch.ts";
import { Reader } from "./reader.ts";
import { type SimulatedRequest, type Simulation, simulatedConnection } from "./testing/simulated-connection.ts";

const SUBJECT = "fleet.device.d1";

/** Events of one device, in a cluster. Each new consumer reads the next copy; all further consumers read the last one. */
function cluster(
  leader: readonly number[],
  copies: readonly (readonly number[])[],
  overrides: Partial<Simulation> = {},
) {
  let consumers = 0;
  const [firstSeq = 1, lastSeq = 0] = [leader[0], leader.at(-1)];
  return readerOf({
    range: () => ({ firstSeq, lastSeq }),
    consume: () => (copies[Math.min(consumers++, copies.length - 1)] ?? []).map((seq) => ({ seq, subject: SUBJECT })),
    find: (request) => foundIn(leader, request),
    ...overrides,
  });
}

function foundIn(leader: readonly number[], { seq = 1, last_by_subj, next_by_subj }: SimulatedRequest) {
  if (last_by_subj !== undefined) return leader.at(-1);
  return leader.find((one) => (next_by_subj === undefined ? one === seq : one >= seq));
}

function readerOf(simulation: Simulation): Reader {
  const connection = simulatedConnection(simulation);
  return new Reader(
    connection,
    new Fetcher(connection),
    () => 3,
    () => {},
  );
}

async function read(reader: Reader, query: Omit<Parameters<Reader["pages"]>[0], "stream">): Promise<number[]> {
  const seqs: number[] = [];
  for await (const page of reader.pages({ stream: "FLEET", ...query })) seqs.push(...page.map(({ seq }) => seq));
  return seqs;
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
    expect(await read(reader, { category: "device", entity: "d1", fromSeq: 2 })).toEqual(upTo(20).slice(1));
  }
});

it("all events are read, even if earlier events have expired and a copy lacks the stream's first entry", async () => {
  const whole = upTo(9).slice(4);
  expect(await read(cluster(whole, [[7, 8, 9], whole]), {})).toEqual(whole);
});

it("a device's events are read whole if a leader that has not applied the newest ones yet is elected meanwhile", async () => {
  const leader = upTo(5);
  let searched = 0;
  const reader = cluster(leader, [leader], {
    range: () => ({ firstSeq: 1, lastSeq: searched > 0 && searched < 5 ? 3 : 5 }),
    find: (request) => {
      if (request.next_by_subj !== undefined) searched += 1;
      return foundIn(searched > 0 && searched < 5 ? upTo(3) : leader, request);
    },
  });
  expect(await read(reader, { category: "device", entity: "d1", fromSeq: 2 })).toEqual([2, 3, 4, 5]);
});

it("a device's events are read whole if a new leader applies the newest ones just before it is asked for its last sequence", async () => {
  const leader = upTo(5);
  let isBehind = false;
  let searched = 0;
  const reader = cluster(leader, [leader], {
    range: () => {
      isBehind = false;
      return { firstSeq: 1, lastSeq: 5 };
    },
    find: (request) => {
      if (request.next_by_subj !== undefined) isBehind ||= ++searched === 3;
      return foundIn(isBehind ? upTo(3) : leader, request);
    },
  });
  expect(await read(reader, { category: "device", entity: "d1", fromSeq: 2 })).toEqual([2, 3, 4, 5]);
});

// The first consumer gets what its replica has, and the seventh entry is stored as a read begins.
it.each([{ category: "device" }, { entity: "d1" }] as const)(
  "a read of a replica that is behind is repeated, also if an entry is stored meanwhile: %j",
  async (filter) => {
    const reader = cluster(upTo(7), [upTo(5), upTo(7)], {
      range: () => ({ firstSeq: 1, lastSeq: 6 }),
      find: ({ seq }) => seq ?? 7,
    });
    expect(await read(reader, { ...filter, fromSeq: 1 })).toEqual([1, 2, 3, 4, 5, 6]);
  },
);
