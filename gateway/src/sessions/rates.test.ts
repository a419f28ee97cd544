import { describe, expect, it } from "vitest";
import { Rates } from "./rates.ts";

describe("Rates", () => {
  it("gives rates and latencies since the last call", () => {
    let now = 0;
    const rates = new Rates(() => now);
    for (let i = 1; i <= 100; i++) rates.acknowledged(2, i);
    rates.delivered();
    now = 2_000;
    expect(rates.take()).toEqual({
      eventsPerSecond: 100,
      commandsPerSecond: 0.5,
      appendMs: { p50: 51, p99: 100 },
    });
    now = 4_000;
    expect(rates.take()).toEqual({ eventsPerSecond: 0, commandsPerSecond: 0, appendMs: { p50: 0, p99: 0 } });
  });

  it("counts an event that needed no append, but no latency for it", () => {
    let now = 0;
    const rates = new Rates(() => now);
    rates.acknowledged(1, 8);
    rates.acknowledged(1, undefined);
    now = 1_000;
    expect(rates.take()).toMatchObject({ eventsPerSecond: 2, appendMs: { p50: 8, p99: 8 } });
  });

  it("keeps a sample of 55,000 latencies, not only the first ones", () => {
    const rates = new Rates(() => 0);
    for (let i = 0; i < 5_000; i++) rates.acknowledged(1, 1);
    for (let i = 0; i < 50_000; i++) rates.acknowledged(1, 9);
    expect(rates.take().appendMs).toMatchObject({ p50: 9, p99: 9 });
  });
});
