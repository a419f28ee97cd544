import { join } from "node:path";
import type { FleetEvent, RecordedEvent } from "@fleetlog/domain";
import { declareStreams, type EventLog, memoryBackbone, type ReadQuery } from "@fleetlog/log";
import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spanOf } from "../spans/span.ts";
import type { Duck } from "../store/duck.ts";
import { PATIENCE_MS, silent, workspace } from "../testing/stores.ts";
import { telemetryEvents } from "../testing/telemetry.ts";
import { ArchivedLog } from "./archived-log.ts";
import { TelemetryKeeper } from "./keeper.ts";

let now = Date.parse("2026-01-01T00:00:00Z");
const limits = { maxBytes: 1024 ** 2, replicas: 1 };
const streams = declareStreams({ FLEET: limits, TELEMETRY: { maxBytes: 20_000, replicas: 1 } });
/** Drops telemetry that `large` keeps. */
const small = memoryBackbone({ streams, clock: () => now });
const large = memoryBackbone({ clock: () => now });
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let keeper: TelemetryKeeper;
let archived: ArchivedLog;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
  keeper = await TelemetryKeeper.open({
    catchUpMs: PATIENCE_MS,
    ...{ log: small.log, directory: join(place.directory, "TELEMETRY"), duck, logger: silent, now: Date.now, span: 64 },
    retention: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
    onFailure: (error) => expect.fail(String(error)),
  });
  keeper.start();
  for (const [i, { seq: _, stream: __, ...event }] of telemetryEvents(400, random(3)).entries()) {
    now = Date.parse(event.time);
    for (const { log } of [small, large]) await log.append({ ...event, id: `e${i}` } as FleetEvent);
    if (i % 30 === 0) await keeper.catchUp();
  }
  await keeper.catchUp();
  archived = new ArchivedLog({ log: small.log, archive: keeper, duck });
});
afterAll(async () => {
  await keeper.close();
  place.remove();
});

async function all(log: Pick<EventLog, "read">, query: Partial<ReadQuery> = {}): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of log.read({ stream: "TELEMETRY", ...query })) found.push(event);
  return found;
}

describe("telemetry that its stream has dropped", () => {
  it("is read like telemetry in the stream", async () => {
    const { firstSeq } = await small.log.state("TELEMETRY");
    expect(firstSeq).toBeGreaterThan(200);
    expect((await archived.state("TELEMETRY")).firstSeq).toBe(1);
    for (const query of [
      {},
      { entity: "device-1" },
      { categories: ["telemetry"] as const, fromSeq: 70 },
      { categories: ["device"] as const },
      { fromSeq: firstSeq - 1, limit: 3 },
      { fromSeq: firstSeq + 1 },
      { fromSeq: 130, limit: 100, entity: "device-2" },
      { limit: 390 },
    ]) {
      const expected = await all(large.log, query);
      expect(JSON.stringify(await all(archived, query)), JSON.stringify(query)).toBe(JSON.stringify(expected));
    }
  });

  it("is found by its time", async () => {
    const times = (await all(large.log)).map(({ time }) => time);
    for (const time of [times[0], times[100], times[210], times[390], "2025-01-01T00:00:00Z"]) {
      for (const asked of [{ from: time ?? "" }, { to: time ?? "" }]) {
        const wanted = await spanOf(large.log, { stream: "TELEMETRY", ...asked });
        expect(await spanOf(archived, { stream: "TELEMETRY", ...asked })).toEqual(wanted);
      }
    }
  });

  it("is not looked up in the archive for other streams", async () => {
    expect(await all(archived, { stream: "FLEET" })).toEqual([]);
    expect(await archived.state("FLEET")).toEqual(await small.log.state("FLEET"));
  });
});
