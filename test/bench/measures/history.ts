import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { HISTORIAN_ENVIRONMENT } from "@fleetlog/history/environment";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import { peakBytes, residentBytes } from "../../support/resident.ts";
import type { Measure, Result } from "../measure.ts";
import type { Batch, FromStore } from "./history/messages.ts";

const STORE = join(import.meta.dirname, "history", "store-process.ts");
const EVENTS_A_DEVICE = 100;
/** The largest number of devices, however long the history is. */
const MOST_DEVICES = 100_000;
const BATCH = 2_048;
const MIB = 1_024 ** 2;

/**
 * Without a log server: how fast events become tables, and how fast answers as of random moments are. The stores have a
 * process of their own. This one generates all events before they are applied, so that nothing else runs meanwhile.
 */
export const history: Measure = {
  name: "history",
  async run({ quick, events = quick ? 100_000 : 1_000_000, progress }) {
    const directory = await mkdtemp(join(tmpdir(), "fleetlog-history-"));
    const devices = devicesFor(events);
    progress(`${events} events of ${devices} devices`);
    // As the launcher starts a historian.
    const env = { ...process.env, ...HISTORIAN_ENVIRONMENT };
    const child = fork(STORE, [directory, String(events)], { execArgv: process.execArgv, env });
    try {
      const results = await serve(child, batchesOf(events, devices), progress);
      const { pid = 0 } = child;
      const peak = await peakBytes(pid);
      const memory = "memory of the history's process";
      return [
        ...results,
        { name: memory, value: residentBytes(pid) / MIB, unit: "MiB", goal: { atMost: 1_024 } },
        ...(peak === undefined ? [] : [{ name: `${memory}, highest`, value: peak / MIB, unit: "MiB" }]),
      ];
    } finally {
      const ended = once(child, "exit");
      if (child.connected) child.disconnect();
      if (child.exitCode === null && child.signalCode === null) await ended;
      await rm(directory, { recursive: true, force: true });
    }
  },
};

/** Sends a batch for each request, until the store's process has its results. */
async function serve(
  child: ReturnType<typeof fork>,
  batches: Iterator<RecordedEvent[], void>,
  progress: (text: string) => void,
): Promise<readonly Result[]> {
  return await new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`the history's process ended with ${signal ?? code}`)));
    child.on("error", reject);
    child.on("message", (message: FromStore) => {
      if ("results" in message) resolve(message.results);
      else if ("progress" in message) progress(message.progress);
      else child.send({ events: batches.next().value ?? [] } satisfies Batch);
    });
  });
}

function devicesFor(events: number): number {
  return Math.min(MOST_DEVICES, Math.round(events / EVENTS_A_DEVICE));
}

function* batchesOf(count: number, devices: number): Generator<RecordedEvent[], void> {
  const fleet = new FleetHistory(devices);
  const registrations = fleet.registrations();
  for (let i = 0; i < registrations.length; i += BATCH) yield registrations.slice(i, i + BATCH);
  for (let made = registrations.length; made < count; ) {
    const events = fleet.next(BATCH);
    made += events.length;
    for (let i = 0; i < events.length; i += BATCH) yield events.slice(i, i + BATCH);
  }
}
