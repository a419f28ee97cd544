import { describe, expect, it } from "vitest";
import { Backoff, DEFAULT_BACKOFF } from "./backoff.ts";

const lost = { kind: "lost", reason: "" } as const;

describe("Backoff", () => {
  it("waits a random time from 0 to a ceiling that doubles from 1 s to 60 s", () => {
    const delays = (random: number) => {
      const backoff = new Backoff(DEFAULT_BACKOFF, () => random);
      return Array.from({ length: 2_000 }, () => backoff.next(lost));
    };
    expect(new Set(delays(0))).toEqual(new Set([0]));
    expect(delays(1).slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(delays(1).at(-1)).toBe(60_000);
  });

  it("adds jitter to the delay that the gateway asks for", () => {
    const backoff = new Backoff(DEFAULT_BACKOFF, () => 0.5);
    expect(backoff.next({ kind: "busy", reason: "", retryAfterMs: 10_000 })).toBe(10_500);
    expect(backoff.next({ kind: "busy", reason: "", retryAfterMs: 10_000 })).toBe(11_000);
    backoff.reset();
    expect(backoff.next(lost)).toBe(500);
  });

  it("waits half to all of a ceiling from 1 to 15 minutes after refused credentials", () => {
    const least = new Backoff(DEFAULT_BACKOFF, () => 0);
    const most = new Backoff(DEFAULT_BACKOFF, () => 1);
    const refused = { kind: "credentials", reason: "" } as const;
    expect([1, 2, 3, 4, 5, 6].map(() => least.next(refused))).toEqual([
      30_000, 60_000, 120_000, 240_000, 450_000, 450_000,
    ]);
    expect([1, 2, 3, 4, 5, 6].map(() => most.next(refused))).toEqual([
      60_000, 120_000, 240_000, 480_000, 900_000, 900_000,
    ]);
  });
});
