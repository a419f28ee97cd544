import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { requestRaw } from "../support/raw-nats.ts";

const MIB = 1024 * 1024;

let nats: TestNats;
let backbone: Backbone;
beforeAll(async () => {
  nats = await startTestNats();
  const limits = { maxBytes: 16 * MIB, replicas: 1 };
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  backbone = await connectBackbone({ url: nats.url, name: "lists", streams });
});
afterAll(async () => {
  await backbone.close({ timeoutMs: 50 });
  await nats.cleanup();
});

it("lists a bucket whose stream allows no direct gets because it once had replicas", async () => {
  const config = {
    ...{ name: "KV_earlier", subjects: ["$KV.earlier.>"], max_msgs_per_subject: 1, max_bytes: MIB, storage: "file" },
    ...{ discard: "new", deny_delete: true, allow_rollup_hdrs: true, allow_direct: false },
  };
  const created = await requestRaw(nats.port, "$JS.API.STREAM.CREATE.KV_earlier", config);
  expect(created).toMatchObject({ config: { allow_direct: false } });
  const bucket = await backbone.buckets.open("earlier", { maxBytes: MIB });
  await bucket.put("a.1", 1);
  expect((await bucket.get("a.1"))?.value).toBe(1);
  expect((await bucket.entries("a.")).map(({ value }) => value)).toEqual([1]);
});

it("lists every entry once, even if it is written while the list is read", async () => {
  const bucket = await backbone.buckets.open("busy", { maxBytes: MIB });
  const keys = Array.from({ length: 60 }, (_, i) => `k.${i}`);
  for (const key of keys) await bucket.put(key, 0);
  let ends = false;
  const write = async () => {
    for (let i = 1; !ends; i++) await bucket.put(keys[i % keys.length] ?? "", i);
  };
  const writing = Promise.all([write(), write()]);
  let doubled = 0;
  let missing = 0;
  for (let list = 0; list < 100; list++) {
    const found = (await bucket.entries("k.")).map(({ key }) => key);
    if (new Set(found).size < found.length) doubled += 1;
    if (new Set(found).size < keys.length) missing += 1;
  }
  ends = true;
  await writing;
  expect({ doubled, missing }).toEqual({ doubled: 0, missing: 0 });
});
