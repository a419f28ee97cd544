import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { ConnectionLimit } from "./connection-limit.ts";

const streams = (count: number) => Array.from({ length: count }, () => new PassThrough());

describe("ConnectionLimit", () => {
  it("accepts up to the limit, lets 256 more log in, and refuses the rest", () => {
    const reported: number[] = [];
    const limit = new ConnectionLimit(2, (count) => reported.push(count));
    const counted = streams(300).map((stream) => limit.count(stream));
    expect(counted.slice(0, 2).map((one) => one?.overLimit)).toEqual([false, false]);
    expect(counted.slice(2, 258).map((one) => one?.overLimit)).toEqual(Array(256).fill(true));
    expect(counted.slice(258)).toEqual(Array(42).fill(undefined));
    expect(limit.open).toBe(258);
    expect(reported).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  });

  it("puts a connection over the limit within it once another has closed", async () => {
    const limit = new ConnectionLimit(1);
    const [first, second] = streams(2) as [PassThrough, PassThrough];
    const within = limit.count(first);
    const over = limit.count(second);
    expect([within?.overLimit, over?.overLimit]).toEqual([false, true]);
    first.destroy();
    await vi.waitFor(() => expect(limit.open).toBe(1));
    expect(over?.overLimit).toBe(false);
  });

  it("does not count a closed connection", async () => {
    const limit = new ConnectionLimit(1);
    const [stream] = streams(1) as [PassThrough];
    stream.destroy();
    await vi.waitFor(() => expect(stream.closed).toBe(true));
    expect(limit.count(stream)).toBeUndefined();
    expect(limit.open).toBe(0);
  });
});
