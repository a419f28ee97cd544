import { FleetError, type RecordedEvent } from "@fleetlog/domain";
import { History } from "@fleetlog/projections/fixtures";
import { expect, it } from "vitest";
import type { SpanReading } from "../spans/reading.ts";
import { runProjection } from "./projection.ts";

const history = new History();
history.register("d1");
history.register("d2");
const events: readonly RecordedEvent[] = history.events;
const last = events.at(-1) as RecordedEvent;
const code = "function evolve(rows, event) { return { ...rows, [event.data.device]: { seen: true } } }";
const lost = new FleetError("history-unavailable", "telemetry from sequence 5 to 9 is missing");
let read: string[] = [];

/** The archive has lost telemetry in the middle. */
const log: SpanReading = {
  async *read({ stream, fromTime }) {
    read.push(stream);
    if (stream === "FLEET") yield* events;
    else if (fromTime === undefined) throw new Error("telemetry was read");
    else yield { ...last, seq: Date.parse(fromTime) < Date.parse(last.time) ? 1 : 20 };
  },
  state: async (stream) => {
    const lastSeq = stream === "FLEET" ? last.seq : 20;
    return { firstSeq: 1, lastSeq, events: lastSeq, bytes: 0, maxBytes: 0, replicas: 1 };
  },
  mustHave: async ({ from, to }) => {
    if (from <= 9 && to >= 5) throw lost;
  },
};

const run = (categories: readonly ("device" | "telemetry")[]) =>
  runProjection({
    ...{ log, code, categories, devices: undefined, isInScope: undefined, priority: "low" },
    from: { seq: 0, at: "2025-01-01T00:00:00.000Z" },
    to: { seq: last.seq, at: last.time },
    signal: new AbortController().signal,
    onProgress: () => {},
  });

it("a trial over telemetry that the archive has lost fails before it reads, and says what is missing", async () => {
  read = [];
  await expect(run(["device", "telemetry"])).rejects.toBe(lost);
  expect(read).not.toContain("FLEET");
});

it("lost telemetry does not disturb a trial without telemetry", async () => {
  read = [];
  const { rows } = await run(["device"]);
  expect(rows.map(({ key }) => key).sort()).toEqual(["d1", "d2"]);
  expect(read).toEqual(["FLEET"]);
});
