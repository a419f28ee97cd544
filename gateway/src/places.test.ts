import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { Places } from "./places.ts";

const streams = (count: number) => Array.from({ length: count }, () => new PassThrough());

describe("Places", () => {
  it("has so many, and hears out some more", () => {
    const told: number[] = [];
    const places = new Places(2, (count) => told.push(count));
    const taken = streams(300).map((stream) => places.take(stream));
    expect(taken.slice(0, 2).map((place) => place?.isGuest)).toEqual([false, false]);
    expect(taken.slice(2, 258).map((place) => place?.isGuest)).toEqual(Array(256).fill(true));
    expect(taken.slice(258)).toEqual(Array(42).fill(undefined));
    expect(places.taken).toBe(258);
    expect(told).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  });

  it("is a guest's once there is room, and never lost by who has it", async () => {
    const places = new Places(1);
    const [first, second] = streams(2) as [PassThrough, PassThrough];
    const seated = places.take(first);
    const guest = places.take(second);
    expect([seated?.isGuest, guest?.isGuest]).toEqual([false, true]);
    first.destroy();
    await vi.waitFor(() => expect(places.taken).toBe(1));
    expect(guest?.isGuest).toBe(false);
  });

  it("is not given to what has gone already", async () => {
    const places = new Places(1);
    const [stream] = streams(1) as [PassThrough];
    stream.destroy();
    await vi.waitFor(() => expect(stream.closed).toBe(true));
    expect(places.take(stream)).toBeUndefined();
    expect(places.taken).toBe(0);
  });
});
