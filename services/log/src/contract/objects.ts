import { createHash, randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ObjectStore } from "../objects/index.ts";

export interface ObjectsHarness {
  /** Opens a store on the same objects, which acts as a separate process; the harness closes it. */
  open(): ObjectStore;
  /** Opens a separate, empty store with space for this many bytes. */
  openSmall(maxBytes: number): ObjectStore;
  /** The stored bytes, including those of unfinished writes. */
  used(): Promise<number>;
  close(): Promise<void>;
}

const KIB = 1024;
const CHUNK = 128 * KIB;
const SIZE = 21 * CHUNK + 12_345;

function bytesOf(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + seed) & 0xff;
  return bytes;
}

async function* inParts(bytes: Buffer, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const part of parts) read.push(part);
  return Buffer.concat(read);
}

const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest("hex");

/** The contract of the object store, which every adapter must pass. */
export function describeObjectsContract(name: string, harnessOf: () => Promise<ObjectsHarness>): void {
  describe(name, () => {
    let harness: ObjectsHarness;
    let store: ObjectStore;
    let other: ObjectStore;
    const bytes = bytesOf(SIZE, 1);
    beforeAll(async () => {
      harness = await harnessOf();
      store = harness.open();
      other = harness.open();
    });
    afterAll(() => harness.close());

    it("stores bytes with their size and hashes, for every process", async () => {
      const id = randomUUID();
      const digests = { size: SIZE, sha256: hex("sha256", bytes), sha1: hex("sha1", bytes) };
      expect(await store.write(id, inParts(bytes))).toEqual(digests);
      expect((await all(other.read(id))).equals(bytes)).toBe(true);
    });

    it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 8 * CHUNK])("stores %i bytes", async (size) => {
      const id = randomUUID();
      await store.write(id, inParts(bytes.subarray(0, size), 7_777_777));
      expect((await all(store.read(id))).equals(bytes.subarray(0, size))).toBe(true);
    });

    it.each([
      [0, 1],
      [CHUNK - 1, CHUNK + 1],
      [9 * CHUNK, 10 * CHUNK],
      [5 * CHUNK + 7, 19 * CHUNK + 3],
      [SIZE - 1, SIZE],
      [20 * CHUNK, SIZE],
      [77, 77],
    ])(
      "reads the range from %i to %i of each of three objects that were written at the same time",
      async (start, end) => {
        const ids = [randomUUID(), randomUUID(), randomUUID()];
        await Promise.all(ids.map((id, seed) => (seed === 1 ? other : store).write(id, inParts(bytesOf(SIZE, seed)))));
        for (const [seed, id] of ids.entries()) {
          const range = await all(store.read(id, { start, end }));
          expect(range.equals(bytesOf(SIZE, seed).subarray(start, end))).toBe(true);
        }
      },
      30_000,
    );

    it("leaves nothing of an object whose source fails", async () => {
      const before = await harness.used();
      const id = randomUUID();
      const failing = async function* () {
        yield* inParts(bytes);
        throw new Error("the client is gone");
      };
      await expect(store.write(id, failing())).rejects.toThrow("the client is gone");
      await expect(all(store.read(id))).rejects.toMatchObject({ code: "not-found" });
      expect(await harness.used()).toBe(before);
    });

    it("removes an object; removing a missing object is no error", async () => {
      const before = await harness.used();
      const id = randomUUID();
      await store.write(id, inParts(bytes));
      await other.remove(id);
      await other.remove(id);
      await other.remove(randomUUID());
      await expect(all(store.read(id))).rejects.toMatchObject({ code: "not-found" });
      expect(await harness.used()).toBe(before);
    });

    it("refuses an object that does not fit, and leaves nothing of it", async () => {
      const small = harness.openSmall(4 * CHUNK);
      const [kept, refused] = [randomUUID(), randomUUID()];
      await small.write(kept, inParts(bytes.subarray(0, CHUNK)));
      await expect(small.write(refused, inParts(bytes))).rejects.toMatchObject({ code: "storage-full" });
      await small.write(randomUUID(), inParts(bytes.subarray(0, 2 * CHUNK)));
      expect((await all(small.read(kept))).equals(bytes.subarray(0, CHUNK))).toBe(true);
    });

    it("takes bytes no faster than it stores them", async () => {
      const before = await harness.used();
      let taken = 0;
      let held = true;
      const source = async function* () {
        for (; taken < 100 * CHUNK; taken += CHUNK) yield bytes.subarray(0, CHUNK);
        while (held) await setImmediate();
      };
      const writing = store.write(randomUUID(), source());
      while (taken < 100 * CHUNK) await setImmediate();
      expect(await harness.used()).toBeGreaterThanOrEqual(before + 80 * CHUNK);
      held = false;
      await writing;
    });

    it("reads an object again after a read that was ended early", async () => {
      const id = randomUUID();
      await store.write(id, inParts(bytes));
      for await (const part of store.read(id)) {
        expect(part.length).toBeGreaterThan(0);
        break;
      }
      expect((await all(store.read(id))).equals(bytes)).toBe(true);
    });

    it.each(["", "..", "a/b", "a.b", "*", ">"])("refuses the id %j", async (id) => {
      await expect(store.write(id, inParts(bytes))).rejects.toThrow(RangeError);
      await expect(all(store.read(id))).rejects.toThrow(RangeError);
      await expect(store.remove(id)).rejects.toThrow(RangeError);
    });
  });
}
