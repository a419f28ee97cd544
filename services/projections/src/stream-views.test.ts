import { memoryBackbone } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
import { History } from "./fixtures/history.ts";
import { DamagedRow } from "./store/errors.ts";
import { MemoryFiles } from "./store/memory-files.ts";
import type { ViewStore } from "./store/store.ts";
import { StreamViews } from "./stream-views.ts";
import { FLEET_PROJECTIONS } from "./views/index.ts";

it("views that replaced damaged views stay when the old damage is reported later", async () => {
  const backbone = memoryBackbone();
  const history = new History();
  const append = async (id: string) => {
    const from = history.events.length;
    history.register(id);
    for (const { seq: _, stream: __, ...event } of history.events.slice(from)) await backbone.log.append(event);
  };
  await append("d1");
  const warnings: string[] = [];
  const served: (ViewStore | undefined)[] = [];
  const failed: unknown[] = [];
  let held: Promise<void> | undefined;
  const views = new StreamViews({
    log: backbone.log,
    logger: { info() {}, warn: (_: object, text: string) => void warnings.push(text), error() {} },
    stream: "FLEET",
    files: new MemoryFiles({ projections: FLEET_PROJECTIONS }),
    pace: {
      maxBatch: 100,
      commitEvery: 100,
      beforeBatch: () => {
        const hold = held;
        held = undefined;
        return hold;
      },
    },
    onServing: (store) => void served.push(store),
    onCommit() {},
    onFailed: (error) => void failed.push(error),
  });
  views.start();
  await expect.poll(() => views.store?.meta.checkpoint).toBe(1);
  const first = views.store as ViewStore;
  const release = Promise.withResolvers<void>();
  // The first store's updater is in the middle of a batch while it is replaced.
  held = release.promise;
  vi.spyOn(first, "apply").mockImplementation(() => {
    throw new DamagedRow("a row is not JSON");
  });
  await append("d2");
  await expect.poll(() => held).toBeUndefined();
  await views.rebuild();
  const second = views.store;
  expect(second).not.toBe(first);
  release.resolve();
  views.rebuildDamaged(new DamagedRow("found by a query that began before"), first);
  await expect.poll(() => warnings).toEqual(["an update of views that were replaced has failed"]);
  expect(views.store).toBe(second);
  expect([served, failed]).toEqual([[first, second], []]);
  views.rebuildDamaged(new DamagedRow("found by a query"), second as ViewStore);
  await expect.poll(() => views.store?.meta.checkpoint, { timeout: 5_000 }).toBe(2);
  expect(views.store).not.toBe(second);
  await views.close();
  await backbone.close();
});
