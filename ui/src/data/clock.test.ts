import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { gatewayNow, heardDate } from "./clock.ts";

beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z") }));
afterEach(() => vi.useRealTimers());

it("goes by the gateway's clock where the browser's is wrong, and by the browser's where they agree", () => {
  heardDate("Thu, 01 Jan 2026 00:10:00 GMT");
  expect(new Date(gatewayNow()).toISOString()).toBe("2026-01-01T00:10:00.500Z");
  heardDate(null);
  heardDate("nonsense");
  expect(gatewayNow()).not.toBe(Date.now());
  heardDate("Thu, 01 Jan 2026 00:00:01 GMT");
  expect(gatewayNow()).toBe(Date.now());
});
