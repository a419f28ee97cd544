import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { ConnectionBound } from "./connection-bound.ts";
import { ConnectionLimit } from "./connection-limit.ts";

const streams = (count: number) => Array.from({ length: count }, () => new PassThrough());
const bound = (total = 300) => new ConnectionBound({ total, ofAddress: () => total });

describe("ConnectionLimit", () => {
  it("lets 2 devices log in when the limit is 2, refuses 298, and reports the 1st, 2nd, 4th, 8th, … refusal", () => {
    const reported: number[] = [];
    const limit = new ConnectionLimit(2, bound(), (count) => reported.push(count));
    const counted = streams(300).map((stream) => limit.count(stream, "a"));
    expect(counted.map((one) => one?.enter(false))).toEqual([true, true, ...Array(298).fill(false)]);
    expect(limit.open).toBe(2);
    expect(reported).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  });

  it("does not refuse a device because of connections that have not logged in", () => {
    const limit = new ConnectionLimit(1, bound(25));
    const silent = streams(24).map((stream) => limit.count(stream, "a"));
    expect(silent.every((one) => one?.overLimit === false)).toBe(true);
    const [device] = streams(1).map((stream) => limit.count(stream, "a"));
    expect(device?.enter(false)).toBe(true);
    // The device's log-in frees one place for a connection that has not logged in.
    expect(streams(2).map((stream) => limit.count(stream, "a") !== undefined)).toEqual([true, false]);
  });

  it("lets a device replace its own session over the limit", () => {
    const limit = new ConnectionLimit(1, bound());
    const [first, second] = streams(2).map((stream) => limit.count(stream, "a"));
    expect([first?.enter(false), second?.enter(true)]).toEqual([true, true]);
  });

  it("accepts a device over the limit after another device has disconnected", async () => {
    const limit = new ConnectionLimit(1, bound());
    const [first, second] = streams(2) as [PassThrough, PassThrough];
    const within = limit.count(first, "a");
    const over = limit.count(second, "a");
    within?.enter(false);
    expect([within?.overLimit, over?.overLimit]).toEqual([false, true]);
    first.destroy();
    await vi.waitFor(() => expect(limit.open).toBe(0));
    expect(over?.overLimit).toBe(false);
    expect(over?.enter(false)).toBe(true);
  });

  it("does not count a closed connection", async () => {
    const limit = new ConnectionLimit(1, bound());
    const [stream] = streams(1) as [PassThrough];
    stream.destroy();
    await vi.waitFor(() => expect(stream.closed).toBe(true));
    expect(limit.count(stream, "a")).toBeUndefined();
  });
});
