import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FleetHistory } from "../fixtures/fleet.ts";
import { FLEET_PROJECTIONS } from "../views/index.ts";
import { ViewStore } from "./store.ts";

/** Two reads in turn: each begins before the other ends, so that there is always one. */
const READS = `
const { DatabaseSync } = require("node:sqlite");
const { parentPort, workerData } = require("node:worker_threads");
const readers = [0, 1].map(() => new DatabaseSync(workerData, { readOnly: true }));
const begin = (reader) => {
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM meta").get();
};
let running = 0;
begin(readers[running]);
parentPort.postMessage("reading");
setInterval(() => {
  begin(readers[1 - running]);
  readers[running].exec("ROLLBACK");
  running = 1 - running;
}, 5);
`;
const MIB = 1_024 ** 2;
const COMMITS = 200;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fleetlog-wal-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The largest size of the write-ahead log in MiB. */
async function largest(limitMiB: number): Promise<number> {
  const path = join(directory, `${limitMiB}.sqlite`);
  const walLimits = { bytes: limitMiB * MIB, checkEveryCommits: 4, waitMs: 5_000 };
  const store = new ViewStore({ path, projections: FLEET_PROJECTIONS, walLimits });
  const fleet = new FleetHistory(5_000, 3);
  const commit = (events: ReturnType<FleetHistory["next"]>) => {
    store.apply(events, events.at(-1)?.seq ?? 0);
    store.commit();
  };
  commit(fleet.registrations());
  store.markComplete();
  const reads = new Worker(READS, { eval: true, workerData: path });
  try {
    await once(reads, "message");
    let bytes = 0;
    for (let i = 0; i < COMMITS; i++) {
      commit(fleet.next(20));
      bytes = Math.max(bytes, statSync(`${path}-wal`).size);
    }
    return bytes / MIB;
  } finally {
    await reads.terminate();
    store.close();
  }
}

it("the write-ahead log stays near its limit while reads overlap without a gap", async () => {
  const unlimited = await largest(Number.POSITIVE_INFINITY);
  const limited = await largest(unlimited / 3);
  expect(limited).toBeLessThan(unlimited / 2);
});
