import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEVICE_ORDERS, type ListDevicesQuery } from "@fleetlog/protocol";
import { FleetHistory } from "../src/fixtures/fleet.ts";
import { ViewStore } from "../src/store/store.ts";
import { listDevices } from "../src/views/devices/list.ts";
import { resourcesOf } from "../src/views/devices/rows.ts";
import { summarize } from "../src/views/devices/summary.ts";
import { PROJECTIONS } from "../src/views/index.ts";

// How long the list of devices takes: `node bench/search.ts [devices]`.
const [devices = 100_000] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), "fleetlog-bench-"));
const store = new ViewStore({ path: join(directory, "views.sqlite"), projections: PROJECTIONS });

const QUESTIONS: readonly ListDevicesQuery[] = [
  {},
  { limit: 1_000 },
  { search: "099999" },
  { search: "pump site-7" },
  { search: "nothing like it" },
  { search: "e" },
  { tag: "site-7" },
  { status: "connected" },
  { status: "connected", search: "sn0001" },
  { status: "connected", tag: "site-7" },
  { status: "never-connected" },
  { status: "retired" },
  { model: "XT-400" },
  { model: "XT-400", status: "connected" },
  { firmware: "2.7.1" },
  { seenSince: "2026-01-02T00:00:00Z" },
  { notSeenSince: "2026-01-02T00:00:00Z", sort: "lastSeen" },
  ...DEVICE_ORDERS.flatMap((sort): ListDevicesQuery[] => [
    { sort },
    { sort, offset: 90_000 },
    { sort, status: "connected" },
    { sort, status: "connected", offset: 30_000 },
    { sort, search: "099" },
    { sort, search: "e", offset: 90_000 },
    { sort, search: "e", status: "connected", offset: 30_000 },
  ]),
];

function measure(name: string, answer: () => number): void {
  const times: number[] = [];
  let total = 0;
  for (let i = 0; i < 9; i++) {
    const began = performance.now();
    total = answer();
    times.push(performance.now() - began);
  }
  const [first = 0] = times;
  const median = times.sort((a, b) => a - b)[4] ?? 0;
  console.log(`${median.toFixed(1)} ms (first ${first.toFixed(1)}) ${name}: ${total}`);
}

try {
  const fleet = new FleetHistory(devices);
  for (const events of [fleet.registrations(), fleet.next(devices), fleet.next(devices)]) {
    store.apply(events, events.at(-1)?.seq ?? 0);
    store.commit();
  }
  const ids = Array.from({ length: 500 }, (_, i) => `device-${String(i * 199).padStart(6, "0")}`);
  measure("summary", () => summarize(store, Date.now()).total);
  measure("500 rows by id", () => resourcesOf(store, ids).length);
  for (const question of QUESTIONS) {
    measure(JSON.stringify(question), () => listDevices(store, question).total);
  }
} finally {
  store.close();
  rmSync(directory, { recursive: true, force: true });
}
