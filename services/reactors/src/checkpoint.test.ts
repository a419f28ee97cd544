import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { Checkpoint, fromNow } from "./checkpoint.ts";
import type { Clock } from "./clock.ts";
import { eventOf } from "./testing/events.ts";

let backbone: MemoryBackbone;
beforeEach(async () => {
  backbone = memoryBackbone();
  await register("d1");
  await register("d2");
});

const register = (device: string) =>
  backbone.log.append(eventOf("DeviceRegistered", { device, tags: [], by: "admin" }));
const open = (from?: Parameters<typeof Checkpoint.open>[2]) => Checkpoint.open(backbone.buckets, "new", from);

describe("the checkpoint of a new reaction", () => {
  it("is before the first event", async () => {
    expect((await open()).through).toEqual(new Map());
  });

  it("can be at the log's newest event, and stays there if the reaction restarts before its first save", async () => {
    const categories = ["device", "command"] as const;
    const there = new Map([
      ["device", 2],
      ["command", 2],
    ]);
    expect((await open(fromNow(backbone.log, categories))).through).toEqual(there);
    await register("d3");
    expect((await open(fromNow(backbone.log, categories))).through).toEqual(there);
  });

  it("is the saved checkpoint, even if another start is given", async () => {
    const saved = await open();
    saved.advance("device", 1);
    await saved.save(9);
    expect((await open(fromNow(backbone.log, ["device"]))).through).toEqual(new Map([["device", 1]]));
  });
});

it("saves a checkpoint five seconds after the first processed event, but not when the reaction stops", async () => {
  let now = 1_000;
  const stopping = new AbortController();
  const context = { clock: { elapsed: () => now } as Clock, signal: stopping.signal };
  const checkpoint = await open();
  await checkpoint.processed("device", 1, context);
  now += 4_999;
  await checkpoint.processed("device", 2, context);
  expect((await open()).through).toEqual(new Map());
  now += 1;
  await checkpoint.processed("device", 3, context, () => 2);
  expect((await open()).through).toEqual(new Map([["device", 2]]));
  now += 5_000;
  stopping.abort();
  await checkpoint.processed("device", 4, context);
  expect((await open()).through).toEqual(new Map([["device", 2]]));
});
