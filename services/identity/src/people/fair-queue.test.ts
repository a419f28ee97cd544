import { expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

function gated() {
  const started: string[] = [];
  const releases: (() => void)[] = [];
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<void>((resolve) => releases.push(resolve));
  };
  /** Ends all work, one by one. */
  async function drain(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      while (started.length <= i) await new Promise((resolve) => setImmediate(resolve));
      releases[i]?.();
    }
  }
  return { started, releases, work, drain };
}

const at = (network: string, key = "ada") => ({ network, key });
const REFUSED = { code: "rate-limited", retryAfterMs: 1_000 };

it("a queue runs one piece of work at a time; networks take turns, and so do the keys of each network", async () => {
  const queue = new FairQueue({ parallel: 1, waiting: 10 });
  const { started, work, drain } = gated();
  const flood = ["a", "a", "a", "b", "c"].map((key, i) => queue.run(at("flood", key), work(`flood ${key}${i}`)));
  const ada = queue.run(at("home"), work("ada"));
  const eve = queue.run(at("home", "eve"), work("eve"));
  await drain(7);
  await Promise.all([...flood, ada, eve]);
  expect(started).toEqual(["flood a0", "flood a1", "ada", "flood b3", "eve", "flood c4", "flood a2"]);
});

it("a queue lets other networks in while one network sends 1,000 passwords for as many addresses", async () => {
  const queue = new FairQueue({ parallel: 2, waiting: 256 });
  const { started, work, drain } = gated();
  const flood = Array.from({ length: 1_000 }, (_, i) => queue.run(at("flood", `p${i}`), work(`flood ${i}`)));
  const others = Array.from({ length: 100 }, (_, i) => queue.run(at(`home ${i}`), work(`home ${i}`)));
  const settled = Promise.allSettled(flood);
  await drain(258);
  await Promise.all(others);
  const refused = (await settled).filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(1_000 - 158);
  expect(refused[0]).toMatchObject({ reason: REFUSED });
  // The work of the other networks came after the flood, but only two pieces of the flood ran before this work.
  expect(started.slice(2, 204).filter((name) => name.startsWith("home"))).toHaveLength(100);
});

it("a full queue refuses work of the network with the most work: the newest work of the key with the most", async () => {
  const queue = new FairQueue({ parallel: 1, waiting: 4 });
  const { started, work, drain } = gated();
  const results = Promise.allSettled([
    queue.run(at("flood"), work("first")),
    queue.run(at("flood", "a"), work("a1")),
    queue.run(at("flood", "a"), work("a2")),
    queue.run(at("flood", "b"), work("b1")),
    queue.run(at("home"), work("ada")),
    queue.run(at("office"), work("eve")),
  ]);
  await drain(5);
  const found = await results;
  expect(found.map(({ status }) => status === "fulfilled")).toEqual([true, true, false, true, true, true]);
  expect(found[2]).toMatchObject({ reason: REFUSED });
  expect(started).toEqual(["first", "a1", "ada", "eve", "b1"]);
});

it("a queue that is full with one piece of work for each network refuses the newest, and keeps those that wait", async () => {
  const queue = new FairQueue({ parallel: 1, waiting: 3 });
  const { work, drain } = gated();
  const results = Promise.allSettled(["a", "b", "c", "d", "e"].map((name) => queue.run(at(name), work(name))));
  await drain(4);
  expect((await results).map(({ status }) => status)).toEqual([...Array(4).fill("fulfilled"), "rejected"]);
});

it("a queue continues after errors, and forgets networks that have no work", async () => {
  const queue = new FairQueue({ parallel: 1, waiting: 1 });
  await expect(queue.run({ key: "ada" }, () => Promise.reject(new Error("wrong")))).rejects.toThrow("wrong");
  for (let i = 0; i < 3; i++)
    expect(await Promise.all([queue.run(at("a"), async () => 1), queue.run(at("b"), async () => 2)])).toEqual([1, 2]);
});
