import { describe, expect, it } from "vitest";
import { ReplyTokens } from "./reply-tokens.ts";

function tokens(replicas = 1): ReplyTokens {
  let next = 0;
  return new ReplyTokens(() => next++, replicas);
}

describe("reply tokens", () => {
  it("are used again after an append was stored, and are unique among the appends in flight", () => {
    const pool = tokens();
    expect([pool.take(), pool.take()]).toEqual([0, 1]);
    pool.stored(0);
    expect([pool.take(), pool.take(), pool.takeOnce()]).toEqual([0, 2, 3]);
  });

  it("are never used again with replicas, because two leaders may answer one append", () => {
    const pool = tokens(3);
    pool.stored(pool.take());
    expect(pool.take()).toBe(1);
  });
});
