import { expect, it } from "vitest";
import { EventBlocks } from "./event-blocks.ts";

it("a block has its first sequence and the least of its times, which need not be in order", () => {
  const blocks = new EventBlocks(10);
  const second = (s: number) => `2026-01-31T12:00:0${s}.000Z`;
  expect(blocks.all).toEqual([]);
  for (const [seq, s] of [
    [7, 3],
    [8, 1],
    [16, 2],
    [19, 0],
  ] as const)
    blocks.add({ seq, time: second(s) });
  expect(blocks.all).toEqual([
    { first: 7, least: second(1) },
    { first: 19, least: second(0) },
  ]);
});
