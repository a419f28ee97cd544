import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { FleetHistory } from "../src/fixtures/fleet.ts";
import { ViewStore } from "../src/store/store.ts";
import { FLEET_PROJECTIONS } from "../src/views/index.ts";

// Measures how fast the views are built: `node bench/rebuild.ts [events] [devices] [events a transaction]`.
const [events = 1_000_000, devices = 10_000, commitEvery = 1_048_576] = process.argv.slice(2).map(Number);
const BATCH = 2_048;

const directory = mkdtempSync(join(tmpdir(), "fleetlog-bench-"));
const path = join(directory, "views.sqlite");
const store = new ViewStore({ path, projections: FLEET_PROJECTIONS });
const fleet = new FleetHistory(devices);
let built = 0;
let spent = 0;
let cpu = 0;

function build(batch: readonly RecordedEvent[]): void {
  const parsed = JSON.parse(JSON.stringify(batch)) as RecordedEvent[];
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  store.apply(parsed, parsed.at(-1)?.seq ?? 0);
  if (store.uncommitted >= commitEvery) store.commit();
  const used = process.cpuUsage(cpuBegan);
  cpu += (used.user + used.system) / 1_000;
  spent += performance.now() - began;
  built += batch.length;
}

try {
  const registrations = fleet.registrations();
  for (let i = 0; i < registrations.length; i += BATCH) build(registrations.slice(i, i + BATCH));
  while (built < events) build(fleet.next(BATCH));
  const began = performance.now();
  store.commit();
  spent += performance.now() - began;
  const rows = FLEET_PROJECTIONS.map(
    ({ name }) => `${store.queryOne<{ n: number }>(`SELECT count(*) AS n FROM ${name}`)?.n} ${name}`,
  );
  const megabytes = Math.round(statSync(path).size / 1024 / 1024);
  const rate = Math.round((built / spent) * 1_000).toLocaleString("en");
  console.log(
    `${built} events of ${devices} devices in ${Math.round(spent)} ms (${Math.round(cpu)} ms of CPU): ${rate} events/s`,
  );
  console.log(
    `${rows.join(", ")}; ${megabytes} MB; ${Math.round(process.memoryUsage().rss / 1024 / 1024)} MB resident`,
  );
} finally {
  store.close();
  rmSync(directory, { recursive: true, force: true });
}
