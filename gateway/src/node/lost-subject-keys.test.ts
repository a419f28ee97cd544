import { expect, it } from "vitest";
import { testNode } from "../testing/test-node.ts";

it("a lost key of personal fields is logged once, and that of an erased person is not", async () => {
  const { backbone, fleet, logged } = await testNode();
  const { personal } = fleet;
  const [name, other] = [await personal.seal("ada", "Ada"), await personal.seal("eve", "Eve")];
  await personal.erase("eve");
  expect(await personal.open(other)).toBeUndefined();
  const bucket = await backbone.buckets.open("subject-keys", { maxBytes: 2 ** 20 });
  await bucket.delete("subject.ada");
  await expect.poll(() => personal.open(name), { timeout: 3_000 }).toBeUndefined();
  await personal.open(name);
  const lines = logged.filter(({ msg }) => msg === "personal fields can't be opened, because their key is lost");
  expect(lines.map(({ id, reason }) => [id, reason])).toEqual([["ada", expect.stringContaining("KV_subject-keys")]]);
});
