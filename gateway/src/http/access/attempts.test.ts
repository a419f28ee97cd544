import { expect, it } from "vitest";
import { Attempts } from "./attempts.ts";

const limits = { burst: 2, refillMs: 1_000, addresses: 3 };
const limited = expect.objectContaining({ code: "rate-limited" });

it("lets an address fail again after some time", () => {
  let now = 0;
  const attempts = new Attempts(limits, () => now);
  const fail = () => attempts.failed("10.0.0.1");
  for (let i = 0; i < 2; i++) fail();
  expect(fail).toThrow(expect.objectContaining({ code: "rate-limited", retryAfterMs: 1_000 }));
  now = 999;
  expect(fail).toThrow(limited);
  now = 1_000;
  fail();
});

it("tracks a limited number of addresses: the one that failed longest ago is dropped", () => {
  const attempts = new Attempts(limits, () => 0);
  for (const host of [1, 2, 3, 1, 4]) attempts.failed(`10.0.0.${host}`);
  expect(attempts.size).toBe(3);
  expect(() => attempts.failed("10.0.0.1")).toThrow(limited);
  for (let i = 0; i < 2; i++) attempts.failed("10.0.0.2");
});

it("counts an IPv6 network as one address", () => {
  const attempts = new Attempts(limits, () => 0);
  attempts.failed("2001:db8:1:2::1");
  attempts.failed("2001:db8:1:2:ffff:1:2:3");
  expect(() => attempts.failed("2001:db8:1:2::77")).toThrow(limited);
  attempts.failed("2001:db8:1:3::1");
  attempts.failed("::1");
  attempts.failed("::1");
  expect(() => attempts.failed("::1")).toThrow(limited);
});
