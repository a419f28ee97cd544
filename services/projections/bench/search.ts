import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ListDevicesQuery } from "@fleetlog/protocol";
import { FleetHistory } from "../src/fixtures/fleet.ts";
import { listDevices } from "../src/queries/devices.ts";
import { ViewStore } from "../src/store/store.ts";
import { VIEWS } from "../src/views.ts";

// How long the list of devices takes: `node bench/search.ts [devices]`.
const [devices = 100_000] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), "fleetlog-bench-"));
const store = new ViewStore({ path: join(directory, "views.sqlite"), views: VIEWS });

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
];

try {
  const fleet = new FleetHistory(devices);
  for (const events of [fleet.registrations(), fleet.next(devices), fleet.next(devices)]) {
    store.apply(events, events.at(-1)?.seq ?? 0);
    store.commit();
  }
  for (const question of QUESTIONS) {
    const times: number[] = [];
    let total = 0;
    for (let i = 0; i < 9; i++) {
      const began = performance.now();
      total = listDevices.answer(store, question).total;
      times.push(performance.now() - began);
    }
    const [first = 0] = times;
    const median = times.sort((a, b) => a - b)[4] ?? 0;
    console.log(`${median.toFixed(1)} ms (first ${first.toFixed(1)}) ${JSON.stringify(question)}: ${total}`);
  }
} finally {
  store.close();
  rmSync(directory, { recursive: true, force: true });
}
