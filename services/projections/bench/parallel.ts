import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBackbone } from "@fleetlog/log";
import { type ListDevicesQuery, querySubject } from "@fleetlog/protocol";
import { FleetHistory } from "../src/fixtures/fleet.ts";
import { Projector } from "../src/projector.ts";

// Measures queries by id while eight searches run: `node bench/parallel.ts [devices]`.
const [devices = 100_000] = process.argv.slice(2).map(Number);
const SEARCHES = 8;
const SECONDS = 5;

const LOADS: Readonly<Record<string, ListDevicesQuery | undefined>> = {
  "no searches": undefined,
  "searches that match every device": { search: "e", sort: "-since" },
  "searches that match few devices": { search: "099" },
  "lists of a tag": { tag: "site-7", sort: "name" },
};

const directory = mkdtempSync(join(tmpdir(), "fleetlog-bench-"));
const backbone = memoryBackbone();
const fleet = new FleetHistory(devices);
for (const events of [fleet.registrations(), fleet.next(devices)]) {
  for (const { seq: _, stream: __, ...event } of events) await backbone.log.append(event);
}
const logger = { info() {}, warn() {}, error() {} };
const projector = new Projector({ backbone, id: "bench", directory, logger });
const ask = (name: string, params: object) => backbone.bus.request(querySubject(name), { params });

try {
  await projector.start();
  for (const [name, search] of Object.entries(LOADS)) {
    const until = performance.now() + SECONDS * 1_000;
    let searches = 0;
    const searching = Array.from({ length: search === undefined ? 0 : SEARCHES }, async () => {
      while (performance.now() < until) {
        await ask("devices.list", { ...search });
        searches++;
      }
    });
    const taken: number[] = [];
    for (let i = 0; performance.now() < until; i++) {
      const began = performance.now();
      await ask("devices.get", { id: `device-${String((i * 199) % devices).padStart(6, "0")}` });
      taken.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(searching);
    taken.sort((a, b) => a - b);
    const at = (part: number) => (taken[Math.floor(taken.length * part)] ?? 0).toFixed(1);
    const rate = Math.round(searches / SECONDS);
    console.log(`${name}: by id p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${taken.length}); ${rate} searches/s`);
  }
} finally {
  await projector.close();
  await backbone.close();
  rmSync(directory, { recursive: true, force: true });
}
