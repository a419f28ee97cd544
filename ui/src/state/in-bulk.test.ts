import { expect, it } from "vitest";
import { inBulk, type Progress } from "./in-bulk.ts";

const ids = Array.from({ length: 40 }, (_, index) => `d${index}`);

it("a bulk run calls the action once per id with limited concurrency, and reports the progress", async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const reports: Progress[] = [];
  const act = async (id: string) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    done.push(id);
  };
  const progress = await inBulk(ids, act, (one) => reports.push(one), new AbortController().signal);
  expect(done.toSorted()).toEqual(ids.toSorted());
  expect(most).toBe(6);
  expect(reports.map((one) => one.done)).toEqual(ids.map((_, index) => index + 1));
  expect(progress).toEqual({ done: 40, of: 40, failures: [] });
});

it("a bulk run continues after a failure, and reports id and error", async () => {
  const act = async (id: string) => {
    if (id === "d3") throw new Error("no");
  };
  const progress = await inBulk(ids, act, () => {}, new AbortController().signal);
  expect(progress.done).toBe(40);
  expect(progress.failures).toMatchObject([{ id: "d3", error: { message: "no" } }]);
});

it("a bulk run starts no calls after the signal is aborted", async () => {
  const stop = new AbortController();
  const begun: string[] = [];
  const act = async (id: string) => {
    begun.push(id);
    if (begun.length === 6) stop.abort();
  };
  const progress = await inBulk(ids, act, () => {}, stop.signal);
  expect(begun).toHaveLength(6);
  expect(progress).toMatchObject({ done: 6, of: 40 });
});
