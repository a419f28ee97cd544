import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inRunFolder } from "@fleetlog/infra/run-folder";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { dumpViews, rebuildViews } from "@fleetlog/projections";
import { seeded } from "@fleetlog/runtime/testing";
import { type Audit, audit } from "../../support/audit.ts";
import { eventually } from "../../support/eventually.ts";
import { historyAnswers } from "../../support/history-answers.ts";
import { type Stack, startStack } from "../../support/stack.ts";
import { mountDisk } from "./disk.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./kinds/index.ts";
import { recovered, startLoads } from "./load.ts";
import { newestSeq } from "./past.ts";
import { isGood, kindReport, linesOf, type Report } from "./report.ts";
import { Supervised } from "./supervised.ts";
import { pick, type World } from "./world.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1_000)) },
    only: { type: "string" },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("usage: npm run faults -- --minutes 60 --seed 7");

/** Files of the history are written every few seconds. */
const env = { FLEETLOG_HISTORY_SEGMENT_EVENTS: "500" };
/** Time limit for the historian to read the whole log. */
const HISTORY_MS = 300_000;
const limits = { maxBytes: 1024 ** 3, replicas: 1 };
const progress = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

async function faults(world: World, failures: string[]): Promise<Map<string, number[]>> {
  const recoveries = new Map<string, number[]>();
  const chosen = FAULTS.filter(({ name }) => values.only === undefined || name.includes(values.only));
  const possible = chosen.filter((fault) => fault.unavailable?.(world) === undefined);
  const until = performance.now() + minutes * 60_000;
  for (let n = 1; performance.now() < until && failures.length === 0; n++) {
    const fault = pick(world, possible);
    progress(`${n}: ${fault.name}`);
    try {
      await fault.happen(world);
      const from = performance.now();
      await recovered(world.loads);
      recoveries.set(fault.name, [...(recoveries.get(fault.name) ?? []), (performance.now() - from) / 1_000]);
    } catch (error) {
      failures.push(`${n}: ${fault.name}: ${error instanceof Error ? error.message : String(error)}`);
      const { gateways, projectors, historians } = world.stack;
      for (const part of [...gateways, ...projectors, ...historians])
        progress(part.process.logs().slice(-20).join("\n"));
    }
  }
  return recoveries;
}

async function check({ nats, dataDir, projectors }: Stack, loads: World["loads"], failures: string[]): Promise<Audit> {
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  const backbone = await connectBackbone({ url: nats.url, name: "auditor", streams });
  try {
    for (const [index] of projectors.entries()) {
      await eventually(async () => {
        const rebuilt = JSON.stringify(await rebuildViews(backbone.log));
        if (JSON.stringify(dumpViews(join(dataDir, `projector-projector-${index + 1}`))) !== rebuilt)
          throw new Error(`the views of projector-${index + 1} differ from a rebuild from the log`);
      }, 60_000).catch((error: Error) => failures.push(error.message));
    }
    return await audit(backbone.log, loads, ["FLEET", "TELEMETRY"]);
  } finally {
    await backbone.close();
  }
}

/** Compares the historian's answers with those of a new one, which reads the whole log. */
async function checkHistory({ stack, historians }: World, failures: string[]): Promise<void> {
  const [historian] = historians;
  if (historian === undefined) return;
  const upTo = await newestSeq(stack);
  const answers = () => eventually(async () => JSON.stringify(await historyAnswers(stack, upTo)), HISTORY_MS);
  try {
    const after = await answers();
    await historian.stop();
    await historian.part.restart({ FLEETLOG_HISTORIAN_NAME: "new" });
    if ((await answers()) !== after) failures.push("the historian's answers differ from those of a new historian");
  } catch (error) {
    failures.push(`history: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function run(disk: string | undefined): Promise<Report> {
  await using stack = await startStack({ gateways: 2, projectors: 2, reactors: 2, historians: 1, env });
  progress("connecting devices");
  const loads = await startLoads(stack);
  await using supervision = new AsyncDisposableStack();
  const historians = stack.historians.map((part) => supervision.use(new Supervised(part)));
  const world: World = { stack, loads, historians, random: seeded(seed), disk };
  const failures: string[] = [];
  const leftOut = FAULTS.flatMap(({ name, unavailable }: Fault) => {
    const reason = unavailable?.(world);
    return reason === undefined ? [] : [`${name}: ${reason}`];
  });
  const recoveries = await faults(world, failures);
  progress("comparing the acknowledged reports with the log");
  if (failures.length === 0) await Promise.all(loads.map((load) => load.drain()));
  await Promise.all(loads.map((load) => load.stop()));
  if (failures.length === 0) {
    progress("comparing the history with that of a new historian");
    await checkHistory(world, failures);
  }
  const audited = await check(stack, loads, failures);
  const kinds = [...recoveries].map(([name, seconds]) => kindReport(name, seconds));
  const count = kinds.reduce((sum, kind) => sum + kind.count, 0);
  return { seed, minutes, faults: count, kinds, leftOut, natsServer: stack.nats.version, failures, ...audited };
}

await inRunFolder(async () => {
  const disk = await mountDisk();
  try {
    const report = await run(disk?.path);
    process.stdout.write(`${linesOf(report).join("\n")}\n`);
    await mkdir("faults-results", { recursive: true });
    await writeFile("faults-results/latest.json", `${JSON.stringify(report, null, 2)}\n`);
    return isGood(report) ? 0 : 1;
  } finally {
    await disk?.unmount();
  }
});
