import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { CatalogueKeys } from "./catalogue-keys.ts";
import { sealerOf } from "./installation/sealer.ts";

it("the key of a catalogue is stored sealed, and can't be opened as that of another catalogue", async () => {
  const { buckets } = memoryBackbone();
  const keys = new CatalogueKeys(buckets, sealerOf(randomBytes(32)));
  await keys.keep("north/moxa", "k1", "-----BEGIN PRIVATE KEY-----");
  expect(await keys.get("north/moxa", "k1")).toBe("-----BEGIN PRIVATE KEY-----");
  expect(await keys.get("moxa", "k1")).toBeUndefined();
  const bucket = await buckets.open("catalogues", { maxBytes: 1 });
  const [entry] = await bucket.entries();
  expect(JSON.stringify(entry)).not.toContain("PRIVATE");
  await bucket.put("moxa.k1", entry?.value);
  await expect(keys.get("moxa", "k1")).rejects.toMatchObject({ code: "internal" });
  await keys.forget("north/moxa", "k1");
  expect(await keys.get("north/moxa", "k1")).toBeUndefined();
});
