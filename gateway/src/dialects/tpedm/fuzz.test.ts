import { FleetError } from "@fleetlog/domain";
import { fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, seeded } from "@fleetlog/runtime/testing";
import { describe, expect, it, vi } from "vitest";
import { eventsIn } from "../../sessions/index.ts";
import { TpedmConversation } from "./conversation.ts";

const MESSAGES = fuzzMessages(30_000);

const below = seeded(fuzzSeed(7));

const IDS = ["1", 1, -1, "-1", 0, null, "x", 1e300, { a: 1 }, [1], true, "999999999999999999"];
const STATES = [200, 404, "200", 0, -1, null, 1e9, {}, "ok"];
const PAYLOADS = [
  { data: {} },
  '{"data":1}',
  "{",
  "",
  null,
  [],
  5,
  { error: { code: 1, message: "m" } },
  { error: null },
];

function pick<T>(list: readonly T[]): T {
  return list[below(list.length)] as T;
}

function message(known: number): Buffer {
  const kind = below(4);
  if (kind === 0) return Buffer.from(Array.from({ length: below(60) }, () => below(256)));
  const id = below(3) === 0 ? known : pick(IDS);
  const text = JSON.stringify({ "request-id": id, state: pick(STATES), payload: pick(PAYLOADS) });
  if (kind === 1) return Buffer.from(text);
  const bytes = Buffer.from(text);
  for (let n = below(4); n >= 0; n--) bytes[below(bytes.length)] = below(256);
  return kind === 2 ? bytes : bytes.subarray(0, below(bytes.length));
}

describe("reading answers", () => {
  it(`reads or refuses each of ${MESSAGES} random and mutated messages, and retains no memory of them`, async () => {
    let now = 1_000_000;
    vi.useFakeTimers();
    const conversation = new TpedmConversation("gw", {
      clock: () => now,
      publish: () => Promise.resolve(true),
      report: () => Promise.resolve(0),
      offerCommands() {},
      subscribe: () => true,
      countBytes() {},
      downloadOf: () => Promise.reject(new Error("no artifacts")),
    });
    conversation.listening();
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    let reports = 0;
    let refused = 0;
    let known = 0;
    const growth = await heapGrowth(() => {
      for (let n = 0; n < MESSAGES; n++) {
        if (n % 100 === 0) {
          now += 1_000;
          const id = `c${n}`;
          const deadline = new Date(now + 500).toISOString();
          const sent = conversation.command({ id, name: "rest", params: { method: "GET", path: "/a" }, deadline }, 0);
          known = Number(/"request-id":"(\d+)"/.exec(String(sent?.payload))?.[1]);
          expect(known).toBeGreaterThan(0);
          if (n >= 1_000) conversation.forget(`c${n - 1_000}`);
        }
        try {
          reports += eventsIn(conversation.answered(message(known)));
        } catch (error) {
          if (!(error instanceof FleetError)) throw error;
          refused++;
        }
      }
      conversation.ended();
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect(reports).toBeGreaterThan(MESSAGES / 100);
    expect(refused).toBeGreaterThan(MESSAGES / 2);
  }, 300_000);
});
