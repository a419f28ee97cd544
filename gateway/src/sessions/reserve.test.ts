import { describe, expect, it } from "vitest";
import { Reserve } from "./reserve.ts";

function reserve() {
  const logged: string[] = [];
  const log = (_: unknown, message?: string) => void logged.push(message ?? "");
  return { logged, reserve: new Reserve({ error: log, info: log }) };
}

describe("the reserve", () => {
  it("makes devices' reports wait while FLEET is more than 95 % full, logs it once, and releases them in order", async () => {
    const { logged, reserve: kept } = reserve();
    kept.update(950, 1_000);
    expect(kept.wait(() => 1)).toBeUndefined();
    kept.update(951, 1_000);
    kept.update(990, 1_000);
    expect(logged).toEqual([expect.stringMatching(/nearly full/)]);
    const order: number[] = [];
    const held = [1, 2, 3].map((n) => kept.wait(() => 1)?.then(() => order.push(n)));
    await Promise.resolve();
    expect(order).toEqual([]);
    kept.update(990, 10_000);
    await Promise.all(held);
    expect(order).toEqual([1, 2, 3]);
    expect(logged).toHaveLength(2);
    expect(kept.wait(() => 1)).toBeUndefined();
  });

  it("makes nothing wait where there is no limit", () => {
    const { reserve: kept } = reserve();
    kept.update(10 ** 12, undefined);
    expect(kept.holding).toBe(false);
  });

  it("refuses reports when 32 MiB of them wait, and accepts new ones after those were released", () => {
    const { reserve: kept } = reserve();
    kept.update(100, 100);
    void kept.wait(() => 32 * 1024 ** 2);
    expect(() => kept.wait(() => 1)).toThrow(expect.objectContaining({ code: "log-full" }));
    kept.update(10, 100);
    kept.update(100, 100);
    expect(kept.wait(() => 1)).toBeInstanceOf(Promise);
  });
});
