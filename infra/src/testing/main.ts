import { join } from "node:path";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { test } from "../../bootstrap/commands/test.mjs";
import { buildPages } from "../pages/build.ts";
import { sayColoured } from "../system/terminal.ts";
import { bundlePrograms } from "./bundle.ts";
import { compilePrograms } from "./compiled.ts";
import { runInContainers } from "./containers.ts";
import { inRunFolder } from "./in-run-folder.ts";
import { oldServer } from "./old-server.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { runStaticChecks } from "./static-checks.ts";
import { add, nothing, summary, type Tally } from "./tally.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { type FileTime, Times } from "./times.ts";
import { runVitest } from "./vitest.ts";

// npm test [-- --start-engine] [<part of a file name> …]: all tests, or the unit and system tests in matching files.
const { positionals: filters, options } = readCommandLine(process.argv.slice(2), test);
const say = sayColoured;

const broken: Tally = { passed: 0, failed: 1, skipped: 0 };

/** Unit tests run at low priority beside tests whose processes wait for each other's answers. */
const UNIT_NICENESS = 5;

interface Outcome {
  readonly tally: Tally;
  readonly files?: readonly FileTime[];
}

/**
 * Starts the checks, which compute while other stages wait for packages or in system tests. The result reports their
 * outcome.
 */
function startStaticChecks(times: Times): () => Promise<Outcome> {
  const lines: string[] = [];
  const checked = times.measure<Outcome>("Static checks", async () => ({
    tally: await runStaticChecks((line) => lines.push(line), 10),
  }));
  // The stage reports errors. This handler only keeps Node from ending because of an unhandled rejection.
  checked.catch(() => undefined);
  return () => checked.finally(() => lines.forEach(say));
}

async function prepare(folder: string): Promise<Outcome> {
  process.env.BUNDLED_PROGRAMS = join(folder, "programs");
  await Promise.all([
    bundlePrograms(process.env.BUNDLED_PROGRAMS),
    compilePrograms(folder),
    ensurePrerequisites(say),
    buildPages(say),
  ]);
  return { tally: nothing };
}

async function runOnOldServer(folder: string): Promise<Outcome> {
  const program = await oldServer(folder);
  if (program === undefined) {
    say(" - this system has no older nats-server: the tests on one are skipped");
    return { tally: filters.length === 0 ? { ...nothing, skipped: 1 } : nothing };
  }
  say(` ✓ older nats-server ${program.version} (${program.path})`);
  process.env.OLD_NATS_SERVER_BIN = program.path;
  return runVitest(["old-nats-server"], filters, folder);
}

async function report(title: string, work: () => Promise<Outcome>): Promise<Tally> {
  say(`\n${title}`);
  try {
    return (await work()).tally;
  } catch (error) {
    say(` ✗ ${error instanceof Error ? error.message : error}`);
    return broken;
  }
}

await inRunFolder(async (folder) => {
  const { path } = folder;
  const times = new Times();
  const stage = (title: string, work: () => Promise<Outcome>) => report(title, () => times.measure(title, work));
  const checks = filters.length === 0 ? startStaticChecks(times) : undefined;
  const programs = await stage("Programs", () => prepare(path));

  const unit = stage("Unit tests", () => runVitest(["unit", "unit-alone"], filters, path, { niceness: UNIT_NICENESS }));
  // These stages run one after the other, because servers with too little processor time answer too late. Unit tests
  // use the rest of the processor time. The start of a container also disturbs Chromium's network.
  const inContainers = await stage("Tests in containers", () =>
    runInContainers(folder, filters, options["start-engine"] === true, say),
  );
  const onOldServer = await stage("System tests of the log on an older nats-server", () => runOnOldServer(path));
  const system = await stage("System tests", () => runVitest(["system"], filters, path));
  const checked = checks === undefined ? nothing : await report("Static checks", checks);

  let tally = add(programs, await unit, inContainers, onOldServer, system, checked);
  if (tally.passed + tally.failed + tally.skipped === 0) {
    say(`\nNo test matches ${filters.join(" ")}`);
    tally = broken;
  }
  // A failed test may have ended before it removed its folders.
  const forgotten = folder.left();
  if (tally.failed === 0 && forgotten.length > 0) {
    say(`\n ✗ tests left temporary folders behind: ${forgotten.join(", ")}`);
    tally = add(tally, broken);
  }
  say(`\n${times.lines().join("\n")}`);
  say(`\n${summary(tally, inContainers)}`);
  return tally.failed === 0 ? 0 : 1;
}, temporaryFolder());
