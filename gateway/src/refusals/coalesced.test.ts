import type { RefusalEvent } from "@fleetlog/domain";
import type { BucketLimits } from "@fleetlog/runtime";
import { beforeEach, expect, it } from "vitest";
import { CoalescedEvents, type Uncounted } from "./coalesced.ts";

let now: number;
let ready: boolean;
let recorded: RefusalEvent[];
let refusals: CoalescedEvents<RefusalEvent>;
beforeEach(() => {
  now = 5_000;
  ready = true;
  recorded = [];
  refusals = make({ burst: 10, refillMs: 1_000 });
});

function make(rate: BucketLimits): CoalescedEvents<RefusalEvent> {
  return new CoalescedEvents({
    rate,
    keys: 3,
    record: (event) => void recorded.push(event),
    ready: () => ready,
    now: () => now,
  });
}

const call = (address: string): Uncounted<RefusalEvent> => ({
  type: "CallRefused",
  data: { action: "device.read", call: "GET /api/devices", code: "unauthenticated", address },
});
const add = (key: string, address = key) => refusals.add(key, call(address), { key: "others", body: call("many") });
const counts = () => recorded.splice(0).map(({ data }) => [data.address, data.count]);
function pass(ms: number): void {
  now += ms;
  refusals.tick();
}

it("the recorder records the first refusal at once, and those of the next minute as one event with the last address", () => {
  add("a", "10.0.0.1");
  expect(counts()).toEqual([["10.0.0.1", 1]]);
  for (let i = 2; i <= 500; i++) add("a", `10.0.0.${i % 250}`);
  pass(59_999);
  expect(counts()).toEqual([]);
  pass(1);
  expect(counts()).toEqual([["10.0.0.0", 499]]);
  add("a", "10.0.0.9");
  expect(counts()).toEqual([]);
  pass(60_000);
  expect(counts()).toEqual([["10.0.0.9", 1]]);
});

it("the recorder forgets a caller after a minute without a refusal", () => {
  add("a");
  pass(60_000);
  expect(refusals.size).toBe(0);
  add("a");
  expect(counts()).toEqual([
    ["a", 1],
    ["a", 1],
  ]);
});

it("the recorder counts callers together when there are more than three", () => {
  for (const key of ["a", "b", "c", "d", "e", "f"]) add(key);
  add("a");
  expect(counts()).toEqual([
    ["a", 1],
    ["b", 1],
    ["c", 1],
    ["many", 1],
  ]);
  expect(refusals.size).toBe(4);
  pass(60_000);
  expect(counts()).toEqual([
    ["a", 1],
    ["many", 2],
  ]);
});

it("the recorder records at most the limited number of events, and no count is lost", () => {
  refusals = make({ burst: 2, refillMs: 100_000 });
  for (let i = 0; i < 10; i++) for (const key of ["a", "b", "c", "d"]) add(key);
  for (let i = 0; i < 99; i++) pass(1_000);
  expect(recorded).toHaveLength(2);
  for (let i = 0; i < 901; i++) pass(1_000);
  expect(recorded.length).toBeLessThanOrEqual(2 + 10);
  expect(recorded.reduce((sum, { data }) => sum + data.count, 0)).toBe(40);
});

it("the recorder counts while nothing can be recorded, and `flush` records the rest", () => {
  ready = false;
  for (let i = 0; i < 3; i++) add("a");
  pass(60_000);
  expect(counts()).toEqual([]);
  ready = true;
  pass(1_000);
  expect(counts()).toEqual([["a", 3]]);
  add("a");
  refusals.flush();
  expect(counts()).toEqual([["a", 1]]);
  expect(refusals.size).toBe(0);
});
