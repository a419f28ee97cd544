import { memoryBackbone } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
import { History } from "./fixtures/history.ts";
import { ViewStore } from "./store/store.ts";
import { StoreUpdater } from "./store-updater.ts";
import { FLEET_PROJECTIONS } from "./views/index.ts";

const logger = { info() {}, warn() {}, error() {} };

/** Builds a store from 100 events in batches of 10. @returns the checkpoints that were committed */
async function checkpoints(commitEvery: number, batchMs: number): Promise<number[]> {
  const backbone = memoryBackbone();
  const history = new History();
  for (let i = 0; i < 100; i++) history.register(`d${i}`);
  for (const { seq: _, stream: __, ...event } of history.events) await backbone.log.append(event);
  const store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
  const committed: number[] = [];
  const { commit } = store;
  vi.spyOn(store, "commit").mockImplementation(() => {
    const result = commit.call(store);
    committed.push(result.seq);
    return result;
  });
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  const caughtUp = Promise.withResolvers<void>();
  let batches = 0;
  const updater = new StoreUpdater({
    log: backbone.log,
    stream: "FLEET",
    logger,
    store,
    maxBatch: 10,
    goal: 100,
    commitEvery,
    beforeBatch: () => void now.mockReturnValue(++batches * batchMs),
    onCaughtUp() {
      caughtUp.resolve();
      return true;
    },
    onServingCommit() {},
  });
  const running = updater.run();
  await caughtUp.promise;
  await updater.stop();
  await running;
  store.close();
  await backbone.close();
  return committed;
}

it("a build is committed after a number of events, after 30 s, and when it has caught up", async () => {
  expect(await checkpoints(1_000, 1)).toEqual([100]);
  expect(await checkpoints(40, 1)).toEqual([40, 80, 100]);
  expect(await checkpoints(1_000, 10_000)).toEqual([30, 60, 90, 100]);
});
