import { describe, expect, it } from "vitest";
import { windowOfIds } from "./chosen-ids.ts";
import { Fetcher } from "./fetch.ts";
import { simulatedConnection } from "./testing/simulated-connection.ts";

/** A stream with replicas. Each new consumer reads the next replica; all further consumers read the last one. */
function stream(leader: readonly number[], ...replicas: (readonly number[])[]) {
  return streamOf({ leader, leaderLast: 1_000 }, replicas);
}

/** @param leaderLast the leader's last sequence; entries that it lacks up to there have expired, or were deleted */
function streamOf(
  { leader, leaderLast }: { readonly leader: readonly number[]; readonly leaderLast: number },
  replicas: readonly (readonly number[])[],
) {
  let consumers = 0;
  const connection = simulatedConnection({
    range: () => ({ firstSeq: 1, lastSeq: leaderLast }),
    consume: () => {
      const replica = replicas[Math.min(consumers++, replicas.length - 1)] ?? [];
      return replica.map((seq) => ({ seq, subject: "$KV.b.k" }));
    },
    find: ({ seq }) => (seq === undefined ? leader.at(-1) : leader.find((one) => one === seq)),
  });
  const fetcher = new Fetcher(connection);
  return async (lastMatch?: number, from = 1, ids?: (id: string) => boolean) => {
    const limits = { maxEntries: ids === undefined ? 9 : 40, maxBytes: 9 };
    const filter = lastMatch === undefined ? undefined : "$KV.b.>";
    const range = { start: { seq: from }, upTo: Number.MAX_SAFE_INTEGER };
    const options = { stream: "KV_b", filter, lastMatch, whole: filter === undefined, ...range, ...limits };
    const found =
      ids === undefined ? await fetcher.window(options) : await windowOfIds(connection, fetcher, options, ids);
    return found.entries.map(({ info }) => info.seq);
  };
}

describe("a read with replicas", () => {
  it("is repeated while a replica lacks the last match", async () => {
    const read = stream([1, 2, 3], [1], [1, 2], [1, 2, 3]);
    expect(await read(3)).toEqual([1, 2, 3]);
  });

  it("fails if no replica has the last match in time", async () => {
    const read = stream([1, 2, 3], [1, 2]);
    await expect(read(3)).rejects.toMatchObject({ code: "log-unavailable" });
  });

  it("is empty if the last match has expired, and there is no other match", async () => {
    const read = stream([], []);
    expect(await read(3)).toEqual([]);
  });

  it("ends with the leader's last match if a later one was deleted", async () => {
    const read = stream([1], [1]);
    expect(await read(3)).toEqual([1]);
  });

  it("waits for the leader's newer match if that has replaced the last match", async () => {
    const read = stream([1, 4], [1], [1], [1, 4]);
    expect(await read(3)).toEqual([1, 4]);
    await expect(stream([1, 4], [1])(3)).rejects.toMatchObject({ code: "log-unavailable" });
  });

  it("of some ids is repeated while a replica lacks an entry whose headers another one had", async () => {
    const all = Array.from({ length: 50 }, (_, i) => i + 1);
    const read = stream(all, all, all.slice(0, 20), all);
    expect(await read(50, 1, () => true)).toEqual(all.slice(0, 40));
  });

  it("of some ids takes an entry from a replica if the leader's copy is damaged", async () => {
    const read = stream([1, 3], [1, 2, 3]);
    expect(await read(3, 1, () => true)).toEqual([1, 2, 3]);
  });

  it("of some ids leaves out an entry that has expired after its headers were read", async () => {
    expect(await stream([2, 3], [1, 2, 3], [2, 3])(3, 1, () => true)).toEqual([2, 3]);
  });

  it("without a filter is repeated if a damaged copy lacks an entry that the leader has", async () => {
    const read = stream([1, 2, 3], [1, 3], [3], [1, 2, 3]);
    expect(await read()).toEqual([1, 2, 3]);
  });

  it("begins with the first entry if it is requested from an earlier sequence", async () => {
    expect(await stream([1, 2], [1, 2])(undefined, 0)).toEqual([1, 2]);
    expect(await stream([1, 2], [2], [1, 2])(undefined, 0)).toEqual([1, 2]);
  });

  it("is repeated if a damaged copy lacks more entries than the leader", async () => {
    const read = stream([1, 4, 5], [1, 5], [1, 4, 5]);
    expect(await read()).toEqual([1, 4, 5]);
  });

  it("goes on after a missing entry that the leader lacks, too", async () => {
    const read = stream([1, 3], [1, 3]);
    expect(await read()).toEqual([1, 3]);
  });
});

describe("a read right after the election of a leader that has not applied the newest entries yet", () => {
  const behind = { leader: [1], leaderLast: 1 };

  it("is repeated while a replica lacks the last match", async () => {
    expect(await streamOf(behind, [[1], [1, 2], [1, 2, 3]])(3)).toEqual([1, 2, 3]);
    await expect(streamOf(behind, [[1]])(3)).rejects.toMatchObject({ code: "log-unavailable" });
  });

  it("of some ids gets the entries whose headers a replica had", async () => {
    expect(await streamOf(behind, [[1, 2, 3]])(3, 1, () => true)).toEqual([1, 2, 3]);
    expect(await streamOf(behind, [[1, 2, 3], [1], [1, 2, 3]])(3, 1, () => true)).toEqual([1, 2, 3]);
  });

  it("without a filter does not take an entry for missing that a damaged copy lacks", async () => {
    expect(
      await streamOf(behind, [
        [1, 3],
        [1, 2, 3],
      ])(),
    ).toEqual([1, 2, 3]);
  });
});
