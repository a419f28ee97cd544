import { describe, expect, it } from "vitest";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { windowOfIds } from "./chosen-ids.ts";
import { Fetcher } from "./fetch.ts";

interface Request {
  readonly seq?: number;
  readonly last_by_subj?: string;
}

/** A stream with replicas. Each new consumer reads the next replica; all further consumers read the last one. */
function stream(leader: readonly number[], ...replicas: (readonly number[])[]) {
  let deliver = (_: unknown): void => {};
  let entries: readonly number[] = [];
  let consumers = 0;
  const api = async (subject: string, request: Request) => {
    if (subject.startsWith("$JS.API.CONSUMER.CREATE.")) {
      entries = replicas[Math.min(consumers++, replicas.length - 1)] ?? [];
      return { num_pending: entries.length };
    }
    if (request.seq === 0) throw new JetStreamApiFailure({ code: 400, err_code: 10003, description: "bad request" });
    const seq = request.seq === undefined ? leader.at(-1) : leader.find((one) => one === request.seq);
    if (seq === undefined)
      throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
    return { message: { seq } };
  };
  const nc = {
    request: async () => ({}),
    subscribe(_: string, { callback }: { callback: (error: null, message: unknown) => void }) {
      deliver = (message) => callback(null, message);
      return { unsubscribe() {} };
    },
    publish(_: string, request: string) {
      const { batch } = JSON.parse(request) as { readonly batch: number };
      const delivered = entries.slice(0, batch);
      entries = entries.slice(batch);
      for (const [i, seq] of delivered.entries())
        deliver({
          reply: `$JS.ACK.KV_b.c.1.${seq}.${i + 1}.1700000000000000000.0`,
          subject: "$KV.b.k",
          data: new Uint8Array(),
        });
    },
  };
  const connection = { api, nc, up: true, maxPayload: 1_024, inbox: () => "inbox", onChange: () => () => {} };
  const fetcher = new Fetcher(connection as unknown as ServerConnection);
  return async (lastMatch?: number, from = 1, ids?: (id: string) => boolean) => {
    const limits = { maxEntries: ids === undefined ? 9 : 40, maxBytes: 9 };
    const filter = lastMatch === undefined ? undefined : "$KV.b.>";
    const range = { start: { seq: from }, upTo: Number.MAX_SAFE_INTEGER };
    const options = { stream: "KV_b", filter, lastMatch, whole: filter === undefined, ...range, ...limits };
    const found =
      ids === undefined
        ? await fetcher.window(options)
        : await windowOfIds(connection as unknown as ServerConnection, fetcher, options, ids);
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
