import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { random } from "@fleetlog/projections/fixtures";
import { lockFolder } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Duck } from "../store/duck.ts";
import { Folder } from "../store/folder.ts";
import { silent, workspace } from "../testing/stores.ts";
import { rowsOf, telemetryEvents } from "../testing/telemetry.ts";
import { TelemetryArchive } from "./archive.ts";
import { relistArchive } from "./relist.ts";
import { relistFolder } from "./relist-folder.ts";

const events = telemetryEvents(400, random(8));
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let full: string;
let folders = 0;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
  full = join(place.directory, "full");
  const archive = await opened(full);
  await archive.apply(events.slice(0, 370), events[369]?.seq ?? 0);
  await archive.save();
  archive.close();
});
afterAll(() => place.remove());

function opened(directory: string): Promise<TelemetryArchive> {
  const retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  return TelemetryArchive.open({ directory, duck, retention, logger: silent, now: () => 0, span: 64 });
}

function copied(): string {
  const directory = join(place.directory, `copy${++folders}`);
  cpSync(full, directory, { recursive: true });
  return directory;
}

const listIn = (directory: string) => JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));

it.each([
  ["lost", (path: string) => rmSync(path)],
  ["cut", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 200))],
  [
    "replaced by a folder",
    (path: string) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
])("archive-list rebuilds a list that was %s: it has the same parts, and the archive continues", async (_, damage) => {
  const directory = copied();
  const before = listIn(directory);
  damage(join(directory, "manifest.json"));
  await expect(opened(directory)).rejects.toThrow(/manifest\.json.*npm run archive-list/);
  const { parts, movedAway } = await relistArchive(directory, duck);
  expect([parts.length, movedAway]).toEqual([before.parts.length, []]);
  const { chars: _chars, ...fields } = before.parts[0];
  const after = listIn(directory);
  expect(after.parts[0]).toMatchObject(fields);
  expect(after.parts.map(({ file, repeats, isOpen, newest }: never) => ({ file, repeats, isOpen, newest }))).toEqual(
    before.parts.map(({ file, repeats, isOpen, newest }: never) => ({ file, repeats, isOpen, newest })),
  );
  const archive = await opened(directory);
  await archive.apply(events.slice(archive.manifest.parts.at(-1)?.events ?? 0), events.at(-1)?.seq ?? 0);
  expect(await rowsOf(archive, duck)).toEqual(events);
  archive.close();
});

it("archive-list moves away unreadable files, and older files of the same sequences", async () => {
  const directory = copied();
  const { parts } = listIn(directory);
  rmSync(join(directory, "manifest.json"));
  writeFileSync(join(directory, parts[2].file.name), "no Parquet");
  cpSync(join(directory, parts[1].file.name), join(directory, `t${parts[1].firstSeq}-900.parquet`));
  const { parts: listed, movedAway } = await relistArchive(directory, duck);
  expect(listed).toHaveLength(parts.length - 1);
  expect(movedAway).toContain(parts[2].file.name);
  expect(movedAway).toHaveLength(2);
  expect(readdirSync(join(directory, "damaged")).sort()).toEqual([...movedAway].sort());
  const archive = await opened(directory);
  expect((await rowsOf(archive, duck)).map(({ seq }) => seq)).toEqual(
    events.slice(0, 370).flatMap(({ seq }) => (seq >= parts[2].firstSeq && seq <= parts[2].lastSeq ? [] : [seq])),
  );
  archive.close();
});

it("archive-list changes nothing while a historian uses the folder", async () => {
  const directory = join(copied(), "TELEMETRY");
  mkdirSync(directory);
  const lock = lockFolder(dirname(directory), "historian");
  await expect(relistFolder(directory)).rejects.toThrow("a historian works in");
  lock.close();
});

it("archive-list changes nothing if the list can be read", async () => {
  const directory = copied();
  await expect(relistArchive(directory, duck)).rejects.toThrow("nothing to do");
});

// Reading /proc/self/mem fails as that of a file on a faulty disk.
it.runIf(process.platform === "linux")("archive-list moves away files of which the disk has lost a part", async () => {
  const directory = copied();
  const { parts } = listIn(directory);
  for (const name of ["manifest.json", "missing.json"]) {
    rmSync(join(directory, name), { force: true });
    symlinkSync("/proc/self/mem", join(directory, name));
  }
  await expect(opened(directory)).rejects.toThrow(/manifest\.json.*npm run archive-list/);
  const lost = parts[1].file.name;
  const describe = Folder.prototype.describe;
  vi.spyOn(Folder.prototype, "describe").mockImplementation(async function (this: Folder, name) {
    if (name === lost) throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", errno: -5 });
    return describe.call(this, name);
  });
  expect(await relistArchive(directory, duck)).toMatchObject({ movedAway: [lost] });
  vi.restoreAllMocks();
  const archive = await opened(directory);
  expect(archive.manifest.parts).toHaveLength(parts.length - 1);
  archive.close();
});

it("archive-list moves nothing away if a file can't be read for another reason than damage", async () => {
  const directory = copied();
  rmSync(join(directory, "manifest.json"));
  symlinkSync("t90-9.parquet", join(directory, "t90-9.parquet"));
  const before = readdirSync(directory).sort();
  await expect(relistArchive(directory, duck)).rejects.toThrow("t90-9.parquet");
  expect(readdirSync(directory).sort()).toEqual(before);
  expect(readdirSync(join(directory, "damaged"))).toEqual([]);
});
