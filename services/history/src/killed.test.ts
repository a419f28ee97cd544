import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Duck } from "./store/duck.ts";
import { fedEvents, openFed } from "./testing/fed-process.ts";
import { contents, workspace } from "./testing/stores.ts";
import { rowsOf } from "./testing/telemetry.ts";

const PROGRAM = new URL("./testing/fed-process.ts", import.meta.url);
/** HISTORY_KILLS=200 for a longer run, by hand. */
const KILLS = Number(process.env.HISTORY_KILLS ?? 2);
const SEED = Number(process.env.HISTORY_SEED ?? Date.now() % 100_000);
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
});
afterAll(() => place.remove());

/**
 * Runs the process, and kills it (SIGKILL) soon after a number of its steps. Resolves to true if the process had
 * finished before.
 */
function run(directory: string, kill?: { readonly steps: number; readonly ms: number }): Promise<boolean> {
  const child = fork(PROGRAM, [directory], { execArgv: ["--disable-warning=ExperimentalWarning"], stdio: "inherit" });
  return new Promise((resolve, reject) => {
    let steps = 0;
    let isDone = false;
    child.on("message", (message: { readonly done?: boolean }) => {
      isDone ||= message.done === true;
      if (++steps === kill?.steps) setTimeout(() => child.kill("SIGKILL"), kill.ms);
    });
    child.once("exit", (code, signal) => {
      if (isDone || signal === "SIGKILL") resolve(isDone);
      else reject(new Error(`the process ended with ${code}`));
    });
  });
}

async function everything(directory: string) {
  const { store, archive } = await openFed(directory, duck);
  const tables = await contents(store, duck);
  const telemetry = await rowsOf(archive, duck);
  await store.close();
  archive.close();
  const names = globSync(["lake/**/*.parquet", "lake/manifest.json"], { cwd: directory }).sort();
  const hash = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(directory, name)))
      .digest("hex");
  return { tables, telemetry, lake: Object.fromEntries(names.map((name) => [name, hash(name)])) };
}

it(
  `a historian that was killed ${KILLS} times has nothing twice and misses nothing (seed ${SEED})`,
  async () => {
    const dice = random(SEED);
    const whole = join(place.directory, "whole");
    const killed = join(place.directory, "killed");
    for (const directory of [whole, killed]) mkdirSync(directory);
    expect(await run(whole)).toBe(true);
    let kills = 0;
    for (let tries = 0; kills < KILLS && tries < KILLS * 2; tries++) {
      const isDone = await run(killed, { steps: 1 + Math.floor(dice() * 12), ms: Math.floor(dice() * 60) });
      if (!isDone) kills += 1;
    }
    while (!(await run(killed)));
    const found = await everything(killed);
    expect(found).toEqual(await everything(whole));
    const { fleet, telemetry } = fedEvents();
    expect(found.tables.events?.map((event) => (event as { seq: number }).seq)).toEqual(fleet.map(({ seq }) => seq));
    expect(found.telemetry.map(({ seq }) => seq)).toEqual(telemetry.map(({ seq }) => seq));
    expect(Object.keys(found.lake).length).toBeGreaterThan(10);
    expect(kills).toBeGreaterThan(0);
  },
  KILLS * 30_000 + 60_000,
);
