import { expect, it } from "vitest";
import { Attempts } from "./attempts.ts";

const limits = { burst: 2, refillMs: 1_000, addresses: 3 };
const limited = expect.objectContaining({ code: "rate-limited" });

it("lets an address try again after some time", () => {
  let now = 0;
  const attempts = new Attempts(limits, () => now);
  const check = () => attempts.check("10.0.0.1");
  for (let i = 0; i < 2; i++) {
    check();
    attempts.failed("10.0.0.1");
  }
  expect(check).toThrow(expect.objectContaining({ code: "rate-limited", retryAfterMs: 1_000 }));
  now = 999;
  expect(check).toThrow(limited);
  now = 1_000;
  check();
});

it("tracks a limited number of addresses, those that failed last", () => {
  const attempts = new Attempts(limits, () => 0);
  for (const host of [1, 2, 3, 1, 4]) attempts.failed(`10.0.0.${host}`);
  expect(attempts.size).toBe(3);
  expect(() => attempts.check("10.0.0.1")).toThrow(limited);
  attempts.failed("10.0.0.2");
  attempts.check("10.0.0.2");
});

it("counts an IPv6 network as one address", () => {
  const attempts = new Attempts(limits, () => 0);
  attempts.failed("2001:db8:1:2::1");
  attempts.failed("2001:db8:1:2:ffff:1:2:3");
  expect(() => attempts.check("2001:db8:1:2::77")).toThrow(limited);
  attempts.check("2001:db8:1:3::1");
  attempts.failed("::1");
  attempts.failed("::1");
  expect(() => attempts.check("::1")).toThrow(limited);
});
