import { randomBytes } from "node:crypto";
import { type Bucket, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { type PersonalFields, personalFields } from "./fields.ts";

const sealer = sealerOf(randomBytes(32));
let backbone: MemoryBackbone;
let now: number;
let fields: PersonalFields;
const another = () => personalFields(backbone.buckets, sealer, { now: () => now });

beforeEach(() => {
  now = 0;
  backbone = memoryBackbone();
  fields = another();
});
afterEach(() => backbone.close());

const stored = async () => (await backbone.buckets.open("subject-keys", { maxBytes: 256 * 1024 ** 2 })).entries();

describe("personalFields", () => {
  it("opens fields that another node has sealed, and stores the key sealed", async () => {
    const name = await fields.seal("p1", "Ada");
    const email = await another().seal("p1", "ada@example.org");
    expect(name).toEqual({ subject: "p1", sealed: expect.stringMatching(/^[A-Za-z0-9_-]+$/) });
    expect(JSON.stringify([name, email])).not.toMatch(/Ada|example/);
    expect(await another().open(name)).toBe("Ada");
    expect(await fields.open(email)).toBe("ada@example.org");
    expect((await stored()).map(({ key, value }) => [key, value])).toEqual([
      ["subject.p1", { status: "valid", key: expect.stringMatching(/^v1\./) }],
    ]);
  });

  it("seals while a look-up that began before the key was made is still unanswered", async () => {
    const bucket = await backbone.buckets.open("subject-keys", { maxBytes: 256 * 1024 ** 2 });
    const [created, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const waits = [Promise.resolve(), answered.promise];
    const slow: Pick<Bucket, "get" | "create"> = {
      async get(key) {
        const found = await bucket.get(key);
        await waits.shift();
        return found;
      },
      async create(key, value) {
        await created.promise;
        return bucket.create(key, value);
      },
    };
    const node = personalFields({ open: async () => slow as Bucket }, sealer);
    const first = node.seal("p1", "one");
    await vi.waitFor(() => expect(waits).toHaveLength(1));
    await new Promise(setImmediate);
    const second = node.seal("p1", "two");
    await vi.waitFor(() => expect(waits).toHaveLength(0));
    created.resolve();
    expect(await fields.open(await first)).toBe("one");
    answered.resolve();
    expect(await fields.open(await second)).toBe("two");
  });

  it("makes one key for a subject when eight nodes seal at the same time", async () => {
    const nodes = Array.from({ length: 8 }, another);
    const sealed = await Promise.all(nodes.map((node, i) => node.seal("p1", `text ${i}`)));
    expect(await Promise.all(sealed.map((field) => another().open(field)))).toEqual(nodes.map((_, i) => `text ${i}`));
  });

  it("opens a field only with its own subject", async () => {
    const name = await fields.seal("p1", "Ada");
    await fields.seal("p2", "Grace");
    expect(await fields.open({ ...name, subject: "p2" })).toBeUndefined();
    expect(await fields.open({ ...name, subject: "p3" })).toBeUndefined();
  });

  it("opens the sealed fields in a list of an answer, and changes no other field", async () => {
    const name = await fields.seal("p1", "Ada");
    const answer = { items: [{ id: "p1", name, tags: ["a"], since: null }, 3], sealed: "plain" };
    expect(await fields.openIn(answer)).toEqual({
      items: [{ id: "p1", name: "Ada", tags: ["a"], since: null }, 3],
      sealed: "plain",
    });
  });

  it("stops opening an erased subject's fields: at once on this node, after a second on others", async () => {
    const [name, other] = [await fields.seal("p1", "Ada"), await fields.seal("p2", "Grace")];
    const node = another();
    expect(await node.open(name)).toBe("Ada");
    await fields.erase("p1");
    await fields.erase("p1");
    expect(await fields.open(name)).toBeUndefined();
    now += 1_000;
    expect(await node.open(name)).toBeUndefined();
    expect(await node.openIn({ name, other })).toEqual({ name: "erased", other: "Grace" });
    expect((await stored()).find(({ key }) => key === "subject.p1")?.value).toEqual({ status: "erased" });
  });

  it("seals nothing for an erased subject", async () => {
    await fields.seal("p1", "Ada");
    await fields.erase("p1");
    await fields.erase("never-sealed");
    for (const subject of ["p1", "never-sealed"])
      await expect(another().seal(subject, "Ada")).rejects.toMatchObject({ code: "conflict" });
  });

  it("rejects while the keys can't be read, and does not answer `erased`", async () => {
    const name = await fields.seal("p1", "Ada");
    now += 1_000;
    backbone.away();
    await expect(fields.openIn({ name })).rejects.toMatchObject({ code: "log-unavailable" });
    backbone.back();
    expect(await fields.openIn({ name })).toEqual({ name: "Ada" });
  });

  it("makes the same hash of a value on every node", () => {
    expect(another().hash("email", "ada@example.org")).toBe(fields.hash("email", "ada@example.org"));
  });
});
