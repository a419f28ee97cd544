import { describe, expect, it } from "vitest";
import { Reserve } from "./reserve.ts";

function reserve() {
  const said: string[] = [];
  const say = (_: unknown, message?: string) => void said.push(message ?? "");
  return { said, reserve: new Reserve({ error: say, info: say }) };
}

describe("the reserve", () => {
  it("holds devices' reports back over 95 %, says so once, and lets them go in their order", async () => {
    const { said, reserve: kept } = reserve();
    kept.filled(950, 1_000);
    expect(kept.hold(() => 1)).toBeUndefined();
    kept.filled(951, 1_000);
    kept.filled(990, 1_000);
    expect(said).toEqual([expect.stringMatching(/nearly full/)]);
    const order: number[] = [];
    const held = [1, 2, 3].map((n) => kept.hold(() => 1)?.then(() => order.push(n)));
    await Promise.resolve();
    expect(order).toEqual([]);
    kept.filled(990, 10_000);
    await Promise.all(held);
    expect(order).toEqual([1, 2, 3]);
    expect(said).toHaveLength(2);
    expect(kept.hold(() => 1)).toBeUndefined();
  });

  it("holds nothing back where there is no limit", () => {
    const { reserve: kept } = reserve();
    kept.filled(10 ** 12, undefined);
    expect(kept.holding).toBe(false);
  });

  it("refuses rather than grow without bound, and takes again what fits afterwards", () => {
    const { reserve: kept } = reserve();
    kept.filled(100, 100);
    void kept.hold(() => 32 * 1024 ** 2);
    expect(() => kept.hold(() => 1)).toThrow(expect.objectContaining({ code: "log-full" }));
    kept.filled(10, 100);
    kept.filled(100, 100);
    expect(kept.hold(() => 1)).toBeInstanceOf(Promise);
  });
});
