import { expect, it } from "vitest";
import { LoopTurns } from "./loop-turns.ts";

async function* items(): AsyncGenerator<number> {
  for (let item = 0; item < 2_000; item++) yield item;
}

function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

it("the event loop turns during long work, and short work is not interrupted", async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  const work = new LoopTurns();
  for await (const _ of items()) {
    spin(0.05);
    const turn = work.due();
    if (turn !== undefined) await turn;
  }
  expect(turns).toBeGreaterThan(5);
  clearImmediate(immediate);
  const short = new LoopTurns();
  expect(Array.from({ length: 15 }, () => short.due())).toEqual(Array.from({ length: 15 }, () => undefined));
});
