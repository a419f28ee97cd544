import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { canSyncAlways, findNatsServer } from "@fleetlog/infra/nats-server";
import { inRunFolder } from "@fleetlog/infra/run-folder";
import { isMet, judged, type Measure, type Result } from "./measure.ts";
import { evenAnswers } from "./measures/even-answers.ts";
import { events } from "./measures/events.ts";
import { gpioRoundTrip } from "./measures/gpio.ts";
import { history } from "./measures/history.ts";
import { hostile } from "./measures/hostile.ts";
import { idleMemory } from "./measures/idle-memory.ts";
import { kurrent } from "./measures/kurrent.ts";
import { rebuild } from "./measures/rebuild.ts";
import { reconnection } from "./measures/reconnection.ts";
import { roundTrip } from "./measures/round-trip.ts";
import { ui } from "./measures/ui.ts";
import { wireBytes } from "./measures/wire-bytes.ts";
import { headOf, lineOf } from "./report.ts";

const MEASURES: readonly Measure[] = [
  events,
  roundTrip,
  gpioRoundTrip,
  rebuild,
  reconnection,
  wireBytes,
  idleMemory,
  evenAnswers,
  ui,
  history,
  kurrent,
  hostile,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, only: { type: "string" }, events: { type: "string" } },
});

/** A part of the names of the measures to run: `npm run bench -- history`. */
const only = values.only ?? positionals[0] ?? "";
const measures = MEASURES.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
if (measures.length === 0) {
  const names = MEASURES.map(({ name }) => name).join(", ");
  process.stderr.write(`no measure has ${JSON.stringify(only)} in its name; there are: ${names}\n`);
  process.exit(2);
}
const given = values.events === undefined ? undefined : Number(values.events);
const progress = (text: string) => process.stderr.write(`  ${text}\n`);

await inRunFolder(async () => {
  const { version } = await findNatsServer();
  const machine = {
    natsServer: version,
    fsync: canSyncAlways(version),
    node: process.version,
    cores: availableParallelism(),
    model: cpus()[0]?.model,
  };
  process.stdout.write(`${headOf(machine)}\n`);
  const results: Result[] = [];
  let failed = false;
  const from = performance.now();
  for (const measure of measures) {
    progress(`${measure.name} …`);
    try {
      for (const result of await measure.run({ quick: values.quick, events: given, progress })) {
        results.push(result);
        process.stdout.write(`${lineOf(result)}\n`);
      }
    } catch (error) {
      failed = true;
      process.stdout.write(`${measure.name}: FAILED: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  const seconds = Math.round((performance.now() - from) / 1_000);
  progress(`${seconds} s in all`);
  const report = results.map((result) => ({ ...result, judged: judged(result), met: isMet(result) }));
  await mkdir("bench-results", { recursive: true });
  await writeFile(
    "bench-results/latest.json",
    `${JSON.stringify({ at: new Date().toISOString(), quick: values.quick, seconds, machine, results: report }, null, 2)}\n`,
  );
  return failed || results.some((result) => isMet(result) === false) ? 1 : 0;
});
