import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { gatewayNow, observeDate } from "./clock.ts";

beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z") }));
afterEach(() => vi.useRealTimers());

it("follows the gateway's clock if the two clocks differ, and the browser's clock if they agree", () => {
  observeDate("Thu, 01 Jan 2026 00:10:00 GMT");
  expect(new Date(gatewayNow()).toISOString()).toBe("2026-01-01T00:10:00.500Z");
  observeDate(null);
  observeDate("nonsense");
  expect(gatewayNow()).not.toBe(Date.now());
  observeDate("Thu, 01 Jan 2026 00:00:01 GMT");
  expect(gatewayNow()).toBe(Date.now());
});
