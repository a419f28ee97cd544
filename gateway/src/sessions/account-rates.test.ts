import type { AccountLimits } from "@fleetlog/domain";
import { expect, it } from "vitest";
import { AccountRates } from "./account-rates.ts";

it("makes all devices of an account wait together, but not those of another account", () => {
  let now = 0;
  const limits: Record<string, AccountLimits> = { north: { eventsPerMinute: 60 } };
  const rates = new AccountRates(
    (account) => limits[account] ?? {},
    () => now,
  );
  const [one, other] = [rates.of("north"), rates.of("north")];
  expect(one.take(40, 1_000)).toBe(0);
  expect(other.take(20, 1_000_000)).toBe(0);
  expect(other.take(1, 0)).toBe(1_000);
  expect(rates.of("main").take(1_000_000, 1_000_000_000)).toBe(0);
  now = 61_000;
  expect(one.take(60, 0)).toBe(0);

  limits.north = { eventsPerMinute: 60, bytesPerMinute: 600 };
  rates.update("north");
  expect(one.take(1, 600)).toBe(1_000);
  expect(other.take(0, 1)).toBe(1_000);
  limits.north = {};
  rates.update("north");
  expect(one.take(1_000, 1_000_000)).toBe(0);
});
