import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../backbone.ts";
import type { Bucket } from "../buckets.ts";
import { type ContractHarness, type OpenHarness, unique, until, upTo } from "./harness.ts";

const MIB = 1024 * 1024;

export function describeBuckets(open: OpenHarness): void {
  describe("buckets", () => {
    let harness: ContractHarness;
    let one: Backbone;
    let other: Backbone;
    let bucket: Bucket;
    let same: Bucket;
    beforeAll(async () => {
      harness = await open();
      one = await harness.connect();
      other = await harness.connect();
      const opened = await Promise.all([one, other].map(({ buckets }) => buckets.open("shared", { maxBytes: MIB })));
      [bucket, same] = opened as [Bucket, Bucket];
    });
    afterAll(() => harness.close());

    it("stores JSON by key, for every process", async () => {
      const key = unique("k");
      expect(await bucket.get(key)).toBeUndefined();
      const revision = await bucket.put(key, { a: ["ü", null] });
      expect(await same.get(key)).toEqual({ key, value: { a: ["ü", null] }, revision });
      const newer = await same.put(key, 2);
      expect(newer).toBeGreaterThan(revision);
      expect(await bucket.get(key)).toEqual({ key, value: 2, revision: newer });
    });

    it("creates only keys that do not exist; one of many concurrent creates succeeds", async () => {
      const key = unique("k");
      const revisions = await Promise.all(upTo(10).map((i) => (i % 2 ? bucket : same).create(key, i)));
      expect(revisions.filter((revision) => revision !== undefined)).toHaveLength(1);
      expect(await bucket.create(key, "again")).toBeUndefined();
      await bucket.delete(key);
      expect(await bucket.create(key, "anew")).toEqual(expect.any(Number));
      expect((await same.get(key))?.value).toBe("anew");
    });

    it("shows the winning entry to each writer whose create was refused", async () => {
      for (const key of upTo(10).map(() => unique("k"))) {
        const created = await Promise.all(
          [bucket, same, bucket, same].map(
            async (writer, i) => (await writer.create(key, i)) ?? (await writer.get(key)),
          ),
        );
        expect(created).not.toContain(undefined);
        const { revision = 0 } = (await bucket.get(key)) ?? {};
        const updated = await Promise.all(
          [bucket, same, bucket, same].map(
            async (writer, i) => (await writer.update(key, i, revision)) ?? (await writer.get(key))?.revision,
          ),
        );
        expect(updated).not.toContain(revision);
      }
    });

    it("updates only the expected revision; one of many concurrent updates succeeds", async () => {
      const key = unique("k");
      const first = await bucket.put(key, 0);
      const revisions = await Promise.all(upTo(10).map((i) => (i % 2 ? bucket : same).update(key, i, first)));
      const [won] = revisions.filter((revision) => revision !== undefined);
      expect(revisions.filter((revision) => revision !== undefined)).toHaveLength(1);
      expect((await bucket.get(key))?.revision).toBe(won);
      expect(await bucket.update(key, "old", first)).toBeUndefined();
      expect(await bucket.update(unique("k"), "none", 1)).toBeUndefined();
      await bucket.delete(key);
      expect(await bucket.update(key, "gone", won ?? 0)).toBeUndefined();
    });

    it("deletes keys; deleting a missing key is no error", async () => {
      const key = unique("k");
      await bucket.put(key, 1);
      await bucket.delete(key);
      await bucket.delete(key);
      await bucket.delete(unique("k"));
      expect(await same.get(key)).toBeUndefined();
    });

    it("deletes only the expected revision, if one is given: not what another process has written meanwhile", async () => {
      const key = unique("k");
      const first = await bucket.put(key, 1);
      const second = await same.put(key, 2);
      expect(await bucket.delete(key, first)).toBe(false);
      expect(await bucket.delete(key, 0)).toBe(false);
      expect((await same.get(key))?.value).toBe(2);
      expect(await bucket.delete(key, second)).toBe(true);
      expect(await same.get(key)).toBeUndefined();
      expect(await bucket.delete(key, second)).toBe(false);
      const again = (await same.create(key, 3)) ?? 0;
      const [deletions, update] = [
        upTo(6).map((i) => (i % 2 ? bucket : same).delete(key, again)),
        same.update(key, 4, again),
      ];
      const won = (await Promise.all(deletions)).filter((deleted) => deleted).length;
      expect(won + ((await update) === undefined ? 0 : 1)).toBe(1);
      expect((await bucket.get(key))?.value).toBe(won === 1 ? undefined : 4);
    });

    it("lists the entries whose keys have a prefix, without deleted keys", async () => {
      const root = unique("list");
      for (const i of upTo(20)) await bucket.put(`${root}.a.${i}`, i);
      await bucket.put(`${root}.a.3`, "new");
      await bucket.delete(`${root}.a.4`);
      await bucket.put(`${root}.ab`, "other");
      const entries = await same.entries(`${root}.a.`);
      expect(entries.map(({ value }) => value).sort()).toEqual(
        [...upTo(20).filter((i) => i !== 3 && i !== 4), "new"].sort(),
      );
      for (const { key, revision } of entries) expect((await bucket.get(key))?.revision).toBe(revision);
      expect(await same.entries(`${root}.a`)).toHaveLength(20);
      expect((await same.entries()).length).toBeGreaterThanOrEqual(20);
      expect(await same.entries(`${root}.nothing.`)).toEqual([]);
    });

    it("lists every entry once, if there are many entries or large ones", async () => {
      const root = unique("many");
      await Promise.all(upTo(300).map((i) => bucket.put(`${root}.small.${i}`, i)));
      await bucket.delete(`${root}.small.299`);
      const small = await same.entries(`${root}.small.`);
      expect(small.map(({ value }) => value).sort()).toEqual(upTo(299).sort());
      const text = "x".repeat(100_000);
      for (const i of upTo(4)) await bucket.put(`${root}.large.${i}`, { i, text });
      expect((await same.entries(`${root}.large.`)).map(({ value }) => value)).toEqual(
        upTo(4).map((i) => ({ i, text })),
      );
      expect((await same.entries(`${root}.`)).length).toBe(303);
      for (const i of upTo(4)) await bucket.delete(`${root}.large.${i}`);
    });

    it("lists an entry as soon as its write is acknowledged, and until its deletion is acknowledged", async () => {
      const root = unique("k");
      for (const i of upTo(20)) {
        await bucket.put(`${root}.b.${i}`, i);
        expect(await same.entries(`${root}.b.`)).toHaveLength(i + 1);
      }
      await bucket.delete(`${root}.b.19`);
      expect(await same.entries(`${root}.b.`)).toHaveLength(19);
    });

    it("keeps the entries of different buckets apart", async () => {
      const another = await one.buckets.open("another", { maxBytes: MIB });
      const key = unique("k");
      await bucket.put(key, 1);
      expect(await another.get(key)).toBeUndefined();
    });

    it("opens the same bucket for concurrent calls", async () => {
      const name = unique("bucket");
      const opened = await Promise.all(upTo(6).map((i) => (i % 2 ? one : other).buckets.open(name, { maxBytes: MIB })));
      await opened[0]?.put("k", 1);
      for (const each of opened) expect((await each.get("k"))?.value).toBe(1);
    });

    it("deletes entries when the time to live has passed since their last write", async () => {
      const leases = await one.buckets.open("leases", { ttlMs: 1_000, maxBytes: MIB });
      const revision = await leases.create("gone", 1);
      expect(revision).toEqual(expect.any(Number));
      let renewed = await leases.put("renewed", 0);
      await until(async () => {
        renewed = (await leases.update("renewed", 0, renewed)) ?? Number.NaN;
        return (await leases.get("gone")) === undefined;
      });
      expect(renewed).toEqual(expect.any(Number));
      expect(await leases.get("renewed")).toBeDefined();
      expect(await leases.update("gone", 1, revision ?? 0)).toBeUndefined();
      expect(await leases.create("gone", 2)).toEqual(expect.any(Number));
    });

    it("uses the time to live of the last open call", async () => {
      const name = unique("bucket");
      const before = await one.buckets.open(name, { ttlMs: 600_000, maxBytes: MIB });
      await before.put("k", 1);
      await other.buckets.open(name, { ttlMs: 1_000, maxBytes: MIB });
      await until(async () => (await before.get("k")) === undefined);
    });

    it("rejects a value that does not fit into the bucket", async () => {
      const small = await one.buckets.open("small", { maxBytes: 4_096 });
      await small.put("a", "x".repeat(1_000));
      await expect(small.put("b", "x".repeat(5_000))).rejects.toMatchObject({ code: "log-full" });
      expect((await small.get("a"))?.value).toHaveLength(1_000);
    });

    it("rejects calls while the store can't be reached, and has all entries afterwards", async () => {
      const key = unique("k");
      await bucket.put(key, 1);
      await harness.away();
      await until(() => one.log.status === "away" && other.log.status === "away");
      const calls = [
        bucket.get(key),
        bucket.put(key, 2),
        bucket.create(key, 2),
        bucket.update(key, 2, 1),
        bucket.delete(key),
        bucket.entries(),
        one.buckets.open("yet-another", { maxBytes: MIB }),
      ];
      for (const { reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ code: "log-unavailable" });
      }
      await harness.back();
      await Promise.all([one.log.whenRelieved(), other.log.whenRelieved()]);
      expect((await same.get(key))?.value).toBe(1);
    }, 60_000);
  });
}
