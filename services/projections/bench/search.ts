import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEVICE_ORDERS, type ListDevicesQuery } from "@fleetlog/protocol";
import { FleetHistory } from "../src/fixtures/fleet.ts";
import { Reader } from "../src/select/reader.ts";
import { ViewStore } from "../src/store/store.ts";
import { listDevices } from "../src/views/devices/list.ts";
import { resourcesOf } from "../src/views/devices/rows.ts";
import { summarize } from "../src/views/devices/summary.ts";
import { FLEET_PROJECTIONS } from "../src/views/index.ts";

// Measures the list of devices in CPU time of this thread: `node bench/search.ts [devices]`.
const [devices = 100_000] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), "fleetlog-bench-"));
const store = new ViewStore({ path: join(directory, "views.sqlite"), projections: FLEET_PROJECTIONS });

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

const SCOPED: readonly ListDevicesQuery[] = [
  {},
  { sort: "name" },
  { sort: "attention" },
  { status: "connected" },
  { search: "099" },
];

/** Each question is repeated for about this long: the clock of CPU time ticks only every 4 ms. */
const ENOUGH_MS = 60;

function measure(name: string, answer: () => number): void {
  const cpu = (times: number) => {
    const began = process.threadCpuUsage();
    let total = 0;
    for (let i = 0; i < times; i++) total = answer();
    const { user, system } = process.threadCpuUsage(began);
    return { total, ms: (user + system) / 1_000 / times };
  };
  const first = cpu(1).ms;
  const times = Math.min(100, Math.max(5, Math.ceil(ENOUGH_MS / Math.max(0.5, first))));
  const rounds = Array.from({ length: 3 }, () => cpu(times)).sort((a, b) => a.ms - b.ms);
  console.log(`${rounds[1]?.ms.toFixed(1)} ms (first ${first.toFixed(1)}) ${name}: ${rounds[1]?.total}`);
}

try {
  const fleet = new FleetHistory(devices);
  for (const events of [fleet.registrations(), fleet.next(devices), fleet.next(devices)]) {
    store.apply(events, events.at(-1)?.seq ?? 0);
    store.commit();
  }
  const reader = new Reader(store);
  const ids = Array.from({ length: 500 }, (_, i) => `device-${String(i * 199).padStart(6, "0")}`);
  measure("summary", () => summarize(reader, Date.now()).total);
  measure("500 rows by id", () => resourcesOf(reader, ids).length);
  for (const scope of [{ tags: ["site-7"] }, { accounts: ["main"] }]) {
    const limited = () => new Reader(store, scope);
    const within = `within ${JSON.stringify(scope)}`;
    measure(`summary ${within}`, () => summarize(limited(), Date.now()).total);
    for (const question of SCOPED) {
      measure(`${JSON.stringify(question)} ${within}`, () => listDevices(limited(), question).total);
    }
  }
  for (const question of QUESTIONS) {
    measure(JSON.stringify(question), () => listDevices(reader, question).total);
  }
} finally {
  store.close();
  rmSync(directory, { recursive: true, force: true });
}
