import { expect, it } from "vitest";
import { RecentIds } from "./recent-ids.ts";

it("the list of recent ids keeps the newest 10 to 20 ids with generations of 10", () => {
  const recent = new RecentIds(10);
  for (let i = 1; i <= 1_000; i++) {
    recent.add(`${i}`, i);
    for (let newest = Math.max(1, i - 9); newest <= i; newest++) expect(recent.seqOf(`${newest}`)).toBe(newest);
    if (i > 20) expect(recent.seqOf(`${i - 20}`)).toBeUndefined();
  }
  recent.clear();
  expect(recent.seqOf("1000")).toBeUndefined();
});
