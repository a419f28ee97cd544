import type { AccountLimits } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { type AccountRate, AccountRates } from "./account-rates.ts";
import { AccountUses } from "./account-use.ts";

it("a limit makes all devices of its account wait together, but no device of another account", () => {
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

it("a limit holds for all gateways together: each one counts what devices have sent to the others", async () => {
  let now = 0;
  const { bus } = memoryBackbone();
  const [first, second] = ["g1", "g2"].map((gateway) => {
    const limitsOf = (account: string) => (account === "north" ? { eventsPerMinute: 60, bytesPerMinute: 6_000 } : {});
    const rates = new AccountRates(limitsOf, () => now);
    const uses = new AccountUses(bus, rates, gateway);
    uses.start();
    return { rates, uses, north: rates.of("north"), main: rates.of("main") };
  }) as [TestGateway, TestGateway];
  const report = async () => {
    for (const { uses } of [first, second]) uses.report();
    await bus.flush();
  };
  expect(first.north.take(60, 600)).toBe(0);
  first.main.take(1_000, 1_000);
  await report();
  expect(second.north.take(1, 10)).toBe(1_000);
  expect(second.main.take(1, 10)).toBe(0);
  await report();
  await report();
  expect(first.north.take(1, 10)).toBe(2_000);
  await report();
  // Each gateway takes the whole limit of 60 events within one second, so both wait for a minute.
  now = 600_000;
  for (const { north } of [first, second]) expect(north.take(60, 0)).toBe(0);
  await report();
  expect([first.north.take(0, 0), second.north.take(0, 0)]).toEqual([60_000, 60_000]);
  now += 90_000;
  expect([first.north.take(30, 0), second.north.take(0, 0)]).toEqual([0, 0]);
  for (const { uses } of [first, second]) uses.stop();
});

interface TestGateway {
  readonly rates: AccountRates;
  readonly uses: AccountUses;
  readonly north: AccountRate;
  readonly main: AccountRate;
}
