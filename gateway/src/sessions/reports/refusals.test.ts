import { invalid, type RecordedEvent } from "@fleetlog/domain";
import { Writer } from "@fleetlog/fleet";
import { memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusals } from "./refusals.ts";

const { log } = memoryBackbone();
const MINUTE = 60_000;
const topic = "me/telemetry";
let device = 0;
let lines: { readonly count: number; readonly field?: string }[];
let reserve: { holding: boolean };
let refusals: Refusals;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  lines = [];
  reserve = { holding: false };
  refusals = new Refusals({
    device: `d${++device}`,
    sessionId: "opened",
    writer: new Writer(log, { source: "/gateways/g", clock: Date.now }),
    reserve,
    logger: { warn: (line: (typeof lines)[number]) => void lines.push(line) } as never,
    clock: Date.now,
  });
});
afterEach(() => {
  refusals.close();
  vi.useRealTimers();
});

async function events(): Promise<RecordedEvent[]> {
  await new Promise((resolve) => setImmediate(resolve));
  const read: RecordedEvent[] = [];
  for await (const event of log.read({ stream: "FLEET", category: "event", entity: `d${device}` })) read.push(event);
  return read;
}

it("a session logs a remark at its first, second, fourth, … occurrence, and records no event", async () => {
  for (let n = 0; n < 5; n++) refusals.remark("model must be text");
  refusals.remark("serial must be text");
  expect(lines.map(({ count }) => count)).toEqual([1, 2, 4, 1]);
  expect(await events()).toEqual([]);
});

it("a session logs a refused subscription at its first, second, fourth, … occurrence, and records no event", async () => {
  for (let n = 0; n < 3; n++) refusals.subscription("#");
  expect(lines).toMatchObject([
    { filter: "#", count: 1 },
    { filter: "#", count: 2 },
  ]);
  expect(await events()).toEqual([]);
});

describe("refused reports", () => {
  it("are logged at the first, second, fourth, … occurrence of each reason", () => {
    for (let n = 0; n < 5; n++) refusals.add(invalid("data", "wrong"), { topic });
    refusals.add(invalid("seq", "wrong"), { topic });
    refusals.add(invalid("data", "wrong"), { topic: "me/profile" });
    expect(lines.map(({ field, count }) => [field, count])).toEqual([
      ["data", 1],
      ["data", 2],
      ["data", 4],
      ["seq", 1],
      ["data", 1],
    ]);
  });

  it("are counted as one reason after 32 other reasons", () => {
    for (let n = 0; n < 1_000; n++) refusals.add(invalid("topic", "wrong"), { topic: `t${n}` });
    expect(lines.length).toBeLessThan(50);
  });

  it("are recorded at once, and then at most once a minute with their number", async () => {
    for (let n = 0; n < 5; n++) refusals.add(invalid("data", `wrong ${n}`), { topic });
    const first = { where: topic, code: "invalid-request", field: "data", message: "wrong 0", count: 1 };
    expect(await events()).toMatchObject([{ type: "ReportsRefused", causationid: "opened", data: first }]);
    vi.advanceTimersByTime(MINUTE - 1);
    expect(await events()).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect((await events()).map(({ data }) => data)).toEqual([first, { ...first, message: "wrong 4", count: 4 }]);
    vi.advanceTimersByTime(10 * MINUTE);
    expect(await events()).toHaveLength(2);
    refusals.add(invalid("data", "wrong"), { method: "telemetry.report" });
    expect((await events()).at(-1)).toMatchObject({ data: { where: "telemetry.report", count: 1 } });
  });

  it("are not recorded while the log has only its reserve left", async () => {
    reserve.holding = true;
    for (let n = 0; n < 2; n++) refusals.add(invalid("data", "wrong"), { topic });
    refusals.close();
    expect(await events()).toEqual([]);
    expect(lines).toHaveLength(2);
  });

  it("are recorded at the end of the session, if the minute since the last record is not over", async () => {
    refusals.add(invalid("data", "first"), { topic });
    refusals.close();
    expect(await events()).toHaveLength(1);
    refusals.add(invalid("data", "second"), { topic });
    refusals.add(invalid("seq", "third"), { topic });
    refusals.close();
    vi.advanceTimersByTime(10 * MINUTE);
    expect((await events()).map(({ data }) => data)).toMatchObject([
      { message: "first", count: 1 },
      { field: "seq", message: "third", count: 2 },
    ]);
  });

  it("are recorded and logged with shortened texts of the device", async () => {
    refusals.add(invalid("x".repeat(10_000), "y".repeat(10_000)), { topic: "z".repeat(10_000) });
    expect(JSON.stringify(await events()).length).toBeLessThan(1_000);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });
});
