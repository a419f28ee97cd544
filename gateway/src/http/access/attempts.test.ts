import { expect, it } from "vitest";
import { Attempts } from "./attempts.ts";

const limits = { burst: 2, refillMs: 1_000, addresses: 3 };
const limited = expect.objectContaining({ code: "rate-limited" });

it("the limiter refuses the third failure of an address until a second has passed", () => {
  let now = 0;
  const attempts = new Attempts(limits, () => now);
  const fail = () => attempts.countFailure("10.0.0.1");
  for (let i = 0; i < 2; i++) fail();
  expect(fail).toThrow(expect.objectContaining({ code: "rate-limited", retryAfterMs: 1_000 }));
  now = 999;
  expect(fail).toThrow(limited);
  now = 1_000;
  fail();
});

it("the limiter counts three addresses, and drops the one that failed longest ago", () => {
  const attempts = new Attempts(limits, () => 0);
  for (const host of [1, 2, 3, 1, 4]) attempts.countFailure(`10.0.0.${host}`);
  expect(attempts.size).toBe(3);
  expect(() => attempts.countFailure("10.0.0.1")).toThrow(limited);
  for (let i = 0; i < 2; i++) attempts.countFailure("10.0.0.2");
});

it("the limiter counts an IPv6 /64 network as one address", () => {
  const attempts = new Attempts(limits, () => 0);
  attempts.countFailure("2001:db8:1:2::1");
  attempts.countFailure("2001:db8:1:2:ffff:1:2:3");
  expect(() => attempts.countFailure("2001:db8:1:2::77")).toThrow(limited);
  attempts.countFailure("2001:db8:1:3::1");
  attempts.countFailure("::1");
  attempts.countFailure("::1");
  expect(() => attempts.countFailure("::1")).toThrow(limited);
});
