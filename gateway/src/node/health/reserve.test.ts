import { describe, expect, it } from "vitest";
import { Reserve } from "./reserve.ts";

function newReserve() {
  const logged: string[] = [];
  const log = (_: unknown, message?: string) => void logged.push(message ?? "");
  return { logged, reserve: new Reserve({ error: log, info: log }) };
}

describe("the reserve", () => {
  it("makes reports wait while FLEET is more than 95 % full, logs that once, and releases them in order", async () => {
    const { logged, reserve } = newReserve();
    reserve.update(950, 1_000);
    expect(reserve.wait(() => 1)).toBeUndefined();
    reserve.update(951, 1_000);
    reserve.update(990, 1_000);
    expect(logged).toEqual([expect.stringMatching(/nearly full/)]);
    const order: number[] = [];
    const held = [1, 2, 3].map((n) => reserve.wait(() => 1)?.then(() => order.push(n)));
    await Promise.resolve();
    expect(order).toEqual([]);
    reserve.update(990, 10_000);
    await Promise.all(held);
    expect(order).toEqual([1, 2, 3]);
    expect(logged).toHaveLength(2);
    expect(reserve.wait(() => 1)).toBeUndefined();
  });

  it("makes nothing wait when the stream has no limit", () => {
    const { reserve } = newReserve();
    reserve.update(10 ** 12, undefined);
    expect(reserve.holding).toBe(false);
  });

  it("refuses a report while 32 MiB of reports wait, and lets reports wait again after a release", () => {
    const { reserve } = newReserve();
    reserve.update(100, 100);
    void reserve.wait(() => 32 * 1024 ** 2);
    expect(() => reserve.wait(() => 1)).toThrow(expect.objectContaining({ code: "log-full" }));
    reserve.update(10, 100);
    reserve.update(100, 100);
    expect(reserve.wait(() => 1)).toBeInstanceOf(Promise);
  });
});
