import { expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

function gated() {
  const started: string[] = [];
  const releases: (() => void)[] = [];
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<void>((resolve) => releases.push(resolve));
  };
  return { started, releases, work };
}

it("runs one piece of work at a time, and takes the keys in turn", async () => {
  const queue = new FairQueue({ parallel: 1, waiting: 10 });
  const { started, releases, work } = gated();
  const all = ["flood", "flood", "flood", "flood"].map((key, i) => queue.run(key, work(`${key} ${i}`)));
  all.push(queue.run("ada", work("ada")));
  for (let i = 0; i < 5; i++) {
    await expect.poll(() => started.length).toBe(i + 1);
    releases[i]?.();
  }
  await Promise.all(all);
  expect(started).toEqual(["flood 0", "flood 1", "ada", "flood 2", "flood 3"]);
});

it("when full, refuses the newest work of the key with the most work; continues after errors", async () => {
  const queue = new FairQueue({ parallel: 1, waiting: 2 });
  const { started, releases, work } = gated();
  const first = queue.run("flood", work("first"));
  const kept = queue.run("flood", work("kept"));
  const dropped = queue.run("flood", work("dropped"));
  const refused = expect(dropped).rejects.toMatchObject({ code: "rate-limited" });
  const ada = queue.run("ada", () => Promise.reject(new Error("wrong")));
  const failed = expect(ada).rejects.toThrow("wrong");
  await refused;
  releases[0]?.();
  await expect.poll(() => started).toEqual(["first", "kept"]);
  releases[1]?.();
  await Promise.all([first, kept, failed]);
  await queue.run("ada", async () => {});
});
