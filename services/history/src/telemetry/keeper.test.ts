import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FleetEvent, RecordedEvent } from "@fleetlog/domain";
import { declareStreams, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Duck } from "../store/duck.ts";
import { PATIENCE_MS, silent, workspace } from "../testing/stores.ts";
import { rowsOf, telemetryEvents } from "../testing/telemetry.ts";
import { TelemetryKeeper } from "./keeper.ts";

const RETENTION = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let folders = 0;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
});
afterAll(() => place.remove());

const folder = () => join(place.directory, `keeper${++folders}`);

async function filled(backbone: MemoryBackbone, count: number, seed = 1): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { seq: _, stream: __, ...event } of telemetryEvents(count, random(seed))) {
    const id = `${seed}-${event.id}`;
    if (ids.includes(id)) continue;
    ids.push(id);
    await backbone.log.append({ ...event, id } as FleetEvent);
  }
  return ids;
}

async function started({ log }: MemoryBackbone, directory: string): Promise<TelemetryKeeper> {
  const onFailure = (error: unknown) => expect.fail(String(error));
  const options = { log, directory, duck, retention: RETENTION, logger: silent, now: Date.now, span: 64, onFailure };
  const keeper = await TelemetryKeeper.open({ ...options, catchUpMs: PATIENCE_MS });
  keeper.start();
  await keeper.catchUp();
  return keeper;
}

const idsOf = async (keeper: TelemetryKeeper) => (await rowsOf(keeper, duck)).map(({ id }: RecordedEvent) => id);

it("the keeper keeps telemetry that the stream drops", async () => {
  const limits = { maxBytes: 1024 ** 2, replicas: 1 };
  const small = { maxBytes: 20_000, replicas: 1 };
  const backbone = memoryBackbone({ streams: declareStreams({ FLEET: limits, TELEMETRY: small }) });
  const directory = folder();
  const ids: string[] = [];
  for (let round = 1; round <= 5; round++) {
    const keeper = await started(backbone, directory);
    ids.push(...(await filled(backbone, 50, round)));
    await keeper.catchUp();
    expect(await keeper.report()).toMatchObject({ seq: ids.length, lag: 0 });
    await keeper.close();
  }
  expect((await backbone.log.state("TELEMETRY")).firstSeq).toBeGreaterThan(1);
  const keeper = await started(backbone, directory);
  expect(await idsOf(keeper)).toEqual(ids);
  await keeper.close();
});

it("the keeper reports its progress", async () => {
  const backbone = memoryBackbone();
  const keeper = await started(backbone, folder());
  expect(await keeper.report()).toMatchObject({ seq: 0, lag: 0, bytes: 0, check: { damaged: 0 } });
  const { length } = await filled(backbone, 70);
  await keeper.catchUp();
  const { bytes, check: _, ...report } = await keeper.report();
  expect(report).toEqual({ seq: length, lag: 0, first: 1 });
  expect(bytes).toBeGreaterThan(1_000);
  await keeper.close();
});

it("the keeper continues with a log that has lost its newest events, and reads the events that replaced them", async () => {
  const directory = folder();
  const before = memoryBackbone();
  const first = await filled(before, 100);
  const lost = await filled(before, 40, 2);
  const keeper = await started(before, directory);
  expect(await idsOf(keeper)).toEqual([...first, ...lost]);
  await keeper.close();
  const after = memoryBackbone();
  await filled(after, 100);
  const newer = await filled(after, 60, 3);
  const again = await started(after, directory);
  expect(await idsOf(again)).toEqual([...first, ...newer]);
  expect(readdirSync(join(directory, "of-another-log")).length).toBeGreaterThan(0);
  await again.close();
});

it("the keeper starts an empty archive, and sets the old files aside, if the log was replaced", async () => {
  const directory = folder();
  const before = memoryBackbone();
  await filled(before, 100);
  await (await started(before, directory)).close();
  const after = memoryBackbone();
  const ids = await filled(after, 20, 4);
  const again = await started(after, directory);
  expect(await idsOf(again)).toEqual(ids);
  expect(readdirSync(join(directory, "of-another-log")).length).toBeGreaterThan(1);
  await again.close();
});
