import { FleetError } from "@fleetlog/domain";
import { expect, it } from "vitest";
import { sqlCall } from "./call.ts";

const asked: unknown[] = [];
const behind = new FleetError("history-unavailable", "the history is at 160, not yet at 220", { retryAfterMs: 30_000 });
const call = sqlCall({
  queries: {
    run(_, __, upTo) {
      asked.push(upTo);
      return new Promise(() => {});
    },
  },
  asOf: {
    waitFor: (seq) => (seq > 160 ? Promise.reject(behind) : Promise.resolve()),
    progress: () => ({ seq: 160, goal: 220 }),
  },
  moments: { resolve: async () => ({ seq: 90, at: "2026-01-31T12:00:00.000Z" }) },
  lastSeq: async () => newest,
});
let newest = 160;
const request = { sql: "SELECT 1", limit: 1, format: "json", categories: [] } as const;
const begun = async (at?: string | number) => {
  const answer = await call.answer({ ...request, ...(at !== undefined && { at }) } as never);
  await (answer as AsyncIterableIterator<string>).return?.();
  return asked.at(-1);
};

it("SQL without a moment reads the whole history; while that is behind, the refusal names the event up to which SQL can read", async () => {
  expect(await begun()).toBeUndefined();
  newest = 220;
  await expect(begun()).rejects.toMatchObject({
    ...{ code: "history-unavailable", message: behind.message, retryAfterMs: 30_000 },
    advice: 'Try again later, or send "at": 160 to read the history up to this event.',
  });
});

it("SQL up to a moment reads what that moment's answers read, also while the history is behind", async () => {
  newest = 220;
  expect(await begun(90)).toEqual({ seq: 90, time: "2026-01-31T12:00:00.000Z" });
  // Telemetry is read up to the requested time, which is later than the event's time.
  expect(await begun("2026-01-31T12:00:07Z")).toEqual({ seq: 90, time: "2026-01-31T12:00:07Z" });
});
