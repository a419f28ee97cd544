import { join } from "node:path";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { test } from "../../bootstrap/commands.mjs";
import { buildPages } from "../pages/build.ts";
import { sayColoured } from "../system/terminal.ts";
import { bundlePrograms } from "./bundle.ts";
import { compilePrograms } from "./compiled.ts";
import { runInContainers } from "./containers.ts";
import { inRunFolder } from "./in-run-folder.ts";
import { oldServer } from "./old-server.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import type { RunFolder } from "./run-folder.ts";
import { runStaticChecks } from "./static-checks.ts";
import { add, nothing, summary, type Tally } from "./tally.ts";
import { runVitest } from "./vitest.ts";

// npm test [-- --start-engine] [<part of a file name> …]: all tests, or the unit and system tests in matching files.
const { positionals: filters, options } = readCommandLine(process.argv.slice(2), test);
const say = sayColoured;

const broken: Tally = { passed: 0, failed: 1, skipped: 0 };

interface Stage {
  readonly title: string;
  readonly run: () => Promise<Tally>;
  /** The stage runs its tests in containers. */
  readonly containers?: true;
}

/** The stages of a group run at the same time. */
function groups(folder: RunFolder): readonly (readonly Stage[])[] {
  const { path } = folder;
  return [
    [{ title: "Programs", run: () => prepare(path).then(() => nothing) }],
    // Tests in containers mostly wait, so unit tests run beside them. System tests do not, because the start of a
    // container disturbs Chromium's network.
    [
      { title: "Unit tests", run: () => runVitest(["unit", "unit-alone"], filters, path) },
      {
        title: "Tests in containers",
        run: () => runInContainers(folder, filters, options["start-engine"] === true, say),
        containers: true,
      },
    ],
    [{ title: "System tests, those of the log also on an older nats-server", run: () => runSystemTests(path) }],
  ];
}

async function runStage({ title, run }: Stage): Promise<Tally> {
  say(`\n${title}`);
  return run().catch((error: unknown) => {
    say(` ✗ ${error instanceof Error ? error.message : error}`);
    return broken;
  });
}

/** Starts the checks: they compute while the other stages wait, for packages or in system tests. The stage reports them. */
function startStaticChecks(): Stage {
  const lines: string[] = [];
  const checked = runStaticChecks((line) => lines.push(line), true);
  // The stage reports an error, too.
  checked.catch(() => undefined);
  return { title: "Static checks", run: () => checked.finally(() => lines.forEach(say)) };
}

async function prepare(folder: string): Promise<void> {
  process.env.BUNDLED_PROGRAMS = join(folder, "programs");
  await Promise.all([
    bundlePrograms(process.env.BUNDLED_PROGRAMS),
    compilePrograms(folder),
    ensurePrerequisites(say),
    buildPages(say),
  ]);
}

async function runSystemTests(folder: string): Promise<Tally> {
  const program = await oldServer(folder);
  if (program === undefined) {
    say(" - this system has no older nats-server: the tests on one are skipped");
    const tally = await runVitest(["system"], filters, folder);
    return filters.length === 0 ? add(tally, { ...nothing, skipped: 1 }) : tally;
  }
  say(` ✓ older nats-server ${program.version} (${program.path})`);
  process.env.OLD_NATS_SERVER_BIN = program.path;
  return runVitest(["system", "old-nats-server"], filters, folder);
}

await inRunFolder(async (folder) => {
  let tally = nothing;
  let inContainers = nothing;
  const checks = filters.length === 0 ? [[startStaticChecks()]] : [];
  for (const group of [...groups(folder), ...checks]) {
    const counts = await Promise.all(group.map(runStage));
    counts.forEach((counted, i) => {
      tally = add(tally, counted);
      if (group[i]?.containers) inContainers = add(inContainers, counted);
    });
  }
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
  say(`\n${summary(tally, inContainers)}`);
  return tally.failed === 0 ? 0 : 1;
});
