import { pino } from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { expiryPart } from "./expiry-part.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-01-01T00:00:00Z");
beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

it("the expiry part warns in the last 30 days before the expiry, in the log once a day", async () => {
  const logged: string[] = [];
  const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const files = new Map([
    ["FLEETLOG_TLS_CERT", new Date(NOW + 29 * DAY)],
    ["FLEETLOG_TLS_CLIENT_CRL", new Date(NOW + DAY)],
  ]);
  const ends = () => Promise.resolve({ subject: "CN=Plant", at: NOW + 31 * DAY });
  const part = expiryPart({ logger, clock: Date.now }, { ends }, () => files);
  await part.start?.({} as never);
  const certificate = { what: "FLEETLOG_TLS_CERT", at: "2026-01-30T00:00:00.000Z" };
  expect(part.expiring()).toEqual([certificate]);
  expect(logged).toEqual(["FLEETLOG_TLS_CERT expires at 2026-01-30T00:00:00.000Z: renew it before then"]);

  await vi.advanceTimersByTimeAsync(2 * DAY);
  expect(part.expiring()).toEqual([certificate, { what: "the authority CN=Plant", at: "2026-02-01T00:00:00.000Z" }]);
  expect(logged).toHaveLength(4);
  files.delete("FLEETLOG_TLS_CERT");
  expect(part.expiring()).toHaveLength(1);
  await part.stop?.();
  expect(vi.getTimerCount()).toBe(0);
});

it("the expiry part keeps its last answer while the store of the authority is away, and does not fail the start", async () => {
  const answers = [Promise.reject(new Error("away")), Promise.resolve({ subject: "CN=Plant", at: NOW })];
  const ends = () => answers.shift() ?? Promise.reject(new Error("away"));
  const part = expiryPart({ logger: pino({ enabled: false }), clock: Date.now }, { ends }, () => new Map());
  await part.start?.({} as never);
  expect(part.expiring()).toEqual([]);
  await vi.advanceTimersByTimeAsync(2 * 3_600_000);
  expect(part.expiring()).toHaveLength(1);
  await part.stop?.();
});
