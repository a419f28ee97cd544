import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FleetEvent, parseSubject, streamOf } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { FleetHistory, random } from "@fleetlog/projections/fixtures";
import { projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { Lake } from "../lake/lake.ts";
import { Duck } from "../store/duck.ts";
import { HistoryStore } from "../store/history-store.ts";
import { TelemetryArchive } from "../telemetry/archive.ts";
import { silent } from "./stores.ts";
import { telemetryEvents } from "./telemetry.ts";

/** Numbers of devices and events. All processes of a test use the same. */
export const FED = { devices: 20, events: 900, telemetry: 900, seed: 5 } as const;
const TABLES = ["registry", "status", "commands"];
const EVERYTHING = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };

export const fedProjections = projectionsOf(VIEWS).filter(({ name }) => TABLES.includes(name));

export function fedEvents() {
  const history = new FleetHistory(FED.devices, FED.seed);
  const fleet = [...history.registrations(), ...history.next(FED.events)];
  return {
    fleet,
    telemetry: telemetryEvents(FED.telemetry, random(FED.seed)).map((one, i) => ({ ...one, seq: i + 1 })),
  };
}

export async function openFed(directory: string, duck: Duck) {
  const common = { duck, logger: silent };
  const [projections, sealEvery, baseEvery] = [fedProjections, 90, 150];
  const folder = join(directory, "FLEET");
  const store = await HistoryStore.open({
    ...common,
    directory: folder,
    stream: "FLEET",
    projections,
    sealEvery,
    baseEvery,
    // Most segments are made in a thread.
    threadFrom: 0,
  });
  const options = { ...common, directory: join(directory, "TELEMETRY"), retention: EVERYTHING, now: () => 0, span: 70 };
  return { store, archive: await TelemetryArchive.open(options) };
}

/**
 * Feeds a store, an archive and a continuous export from a log that is the same in each process, and reports each step to
 * its parent. Continues with the folder's files.
 */
async function run(directory: string): Promise<void> {
  const duck = await Duck.open({ memory: 200e6, threads: 1, spill: join(directory, "spill"), ordered: true });
  const { store, archive } = await openFed(directory, duck);
  const { fleet, telemetry } = fedEvents();
  const backbone = memoryBackbone();
  for (const { seq, stream: _, ...event } of [...fleet, ...telemetry]) {
    const { category = "device" } = parseSubject(event.subject) ?? {};
    const id = streamOf(category) === "TELEMETRY" ? `${event.id}-${seq}` : event.id;
    await backbone.log.append({ ...event, id } as FleetEvent);
  }
  const options = { log: backbone.log, duck, logger: silent, now: Date.now, intervalMs: 0, maxSequences: 120 };
  const lake = new Lake({ ...options, directory: join(directory, "lake") });
  const step = async () => {
    process.send?.({ step: true });
    await sleep(1);
  };
  const feedStore = async () => {
    for (let next = store.nextSeq; next <= fleet.length; next += 29) {
      const some = fleet.slice(next - 1, next + 28);
      const seq = some.at(-1)?.seq ?? 0;
      await store.apply(some, seq, fleet.length - seq);
      await step();
    }
  };
  const feedArchive = async () => {
    while (archive.seq < telemetry.length) {
      const some = telemetry.slice(archive.seq, archive.seq + 25);
      await archive.apply(some, some.at(-1)?.seq ?? 0);
      if (some.length % 2 === 1) await archive.save();
      await step();
    }
  };
  await Promise.all([feedStore(), feedArchive(), lake.write().then(step)]);
  await archive.save();
  await store.seal();
  await lake.close();
  process.send?.({ done: true }, () => process.exit(0));
}

if (process.send !== undefined && process.argv[2] !== undefined) await run(process.argv[2]);
