import { readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { random } from "@fleetlog/projections/fixtures";
import { parseMoment } from "@fleetlog/runtime";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { silent, workspace } from "../testing/stores.ts";
import { telemetryEvents } from "../testing/telemetry.ts";
import { TelemetryArchive } from "./archive.ts";
import { DeviceIndex } from "./device-index.ts";
import type { Part } from "./manifest.ts";

/** Reports of a large fleet: each part has reports of about one device in thirty. */
const events = telemetryEvents(640, random(3), 300);
let place: Awaited<ReturnType<typeof workspace>>;
let archive: TelemetryArchive;
let parts: readonly Part[];
let now = 0;
let folders = 0;

beforeAll(async () => {
  place = await workspace();
  const { duck, directory } = place;
  archive = await TelemetryArchive.open({
    ...{ directory: join(directory, "telemetry"), duck, logger: silent, span: 64, now: () => now },
    retention: { maxAgeMs: 24 * 3_600_000, maxBytes: Number.MAX_SAFE_INTEGER },
  });
  await archive.apply(events, events.at(-1)?.seq ?? 0);
  await archive.save();
  parts = archive.manifest.parts;
});
afterAll(() => {
  archive.close();
  place.remove();
});

async function opened(directory = join(place.directory, `devices${++folders}`)): Promise<DeviceIndex> {
  const index = await DeviceIndex.open({ directory, archive, duck: place.duck, logger: silent, parts: 3 });
  onTestFinished(() => index.close());
  return index;
}

const ended = () => parts.filter(({ isOpen }) => !isOpen);
const filesIn = (directory: string) => readdirSync(directory).filter((name) => name.endsWith(".parquet"));

/** The parts with reports of the device, computed from the events. */
function expectedOf(device: string, of: readonly Part[]): number[] {
  return of
    .filter(({ firstSeq, lastSeq }) =>
      events.some(({ seq, subject }) => seq >= firstSeq && seq <= lastSeq && subject.endsWith(`.${device}`)),
    )
    .map(({ firstSeq }) => firstSeq);
}

it("the index finds the parts with reports of a device, and says which parts it does not have", async () => {
  const index = await opened();
  expect(await index.find("device-1", parts)).toEqual({ found: [], unknown: parts });
  await index.update();
  const count = Math.floor(ended().length / 3) * 3;
  const covered = ended().slice(0, count);
  expect(count).toBeGreaterThan(5);
  for (let device = 0; device < 40; device++) {
    const { found, unknown } = await index.find(`device-${device}`, parts);
    expect(found.map(({ part }) => part.firstSeq).sort((a, b) => a - b)).toEqual(
      expectedOf(`device-${device}`, covered),
    );
    expect(unknown).toEqual(parts.slice(count));
    for (const { part, since } of found) {
      const own = events.filter(
        ({ seq, subject }) => seq >= part.firstSeq && seq <= part.lastSeq && subject.endsWith(`.device-${device}`),
      );
      expect(since).toBe(Math.min(...own.map(({ time }) => parseMoment(time) ?? 0)));
    }
  }
});

it("the index survives a restart, and is rebuilt if its files or its list are damaged", async () => {
  const directory = join(place.directory, `devices${++folders}`);
  const first = await opened(directory);
  await first.update();
  const before = await first.find("device-7", parts);
  await first.close();
  const again = await opened(directory);
  expect(await again.find("device-7", parts)).toEqual(before);
  await again.close();
  const [file = ""] = filesIn(directory);
  writeFileSync(join(directory, file), "damaged");
  const lacking = await opened(directory);
  expect((await lacking.find("device-7", parts)).unknown).toHaveLength(before.unknown.length + 3);
  await lacking.update();
  expect((await lacking.find("device-7", parts)).unknown).toHaveLength(before.unknown.length);
  await lacking.close();
  writeFileSync(join(directory, "index.json"), "{");
  const anew = await opened(directory);
  expect(filesIn(directory)).toEqual([]);
  await anew.update();
  expect((await anew.find("device-7", parts)).unknown).toHaveLength(before.unknown.length);
});

it("the index removes entries of parts that the archive has removed", async () => {
  const directory = join(place.directory, `devices${++folders}`);
  const index = await opened(directory);
  await index.update();
  const count = filesIn(directory).length;
  now = (parts[4]?.newest ?? 0) + 24 * 3_600_000 + 1;
  await archive.save();
  await index.update();
  const left = archive.manifest.parts;
  expect(left.length).toBeLessThan(parts.length - 3);
  await expect.poll(() => filesIn(directory).length).toBe(count - 1);
  const { found } = await index.find("device-1", left);
  for (const { part } of found) expect(left).toContain(part);
});

it.runIf(process.platform === "linux").each(["a file", "the list"])(
  "an index of which the disk has lost %s is made again",
  async (which) => {
    const directory = join(place.directory, `devices${++folders}`);
    const index = await opened(directory);
    await index.update();
    const whole = await index.find("device-1", parts);
    await index.close();
    const [file = ""] = filesIn(directory);
    const [list = ""] = readdirSync(directory).filter((name) => name.endsWith(".json"));
    const path = join(directory, which === "a file" ? file : list);
    rmSync(path);
    // Can be opened, but a read gives EIO.
    symlinkSync("/proc/self/mem", path);
    const again = await opened(directory);
    await again.update();
    expect(await again.find("device-1", parts)).toEqual(whole);
  },
);
