import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { test } from "../../bootstrap/commands.mjs";
import { buildPages } from "../pages/build.ts";
import { sayColoured } from "../system/terminal.ts";
import { inRunFolder } from "./in-run-folder.ts";
import { oldServer } from "./old-server.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { runStaticChecks } from "./static-checks.ts";
import { add, nothing, summary, type Tally } from "./tally.ts";
import { runVitest } from "./vitest.ts";

// npm test [-- <part of a file name> …]: everything, or the unit and system tests in the files that match.
const filters = readCommandLine(process.argv.slice(2), test).positionals;
const say = sayColoured;

const broken: Tally = { passed: 0, failed: 1, skipped: 0 };

interface Stage {
  readonly title: string;
  readonly run: () => Promise<Tally>;
}

function stages(folder: string): readonly Stage[] {
  return [
    ...(filters.length === 0 ? [{ title: "Static checks", run: () => runStaticChecks(say) }] : []),
    { title: "Programs", run: () => ensurePrerequisites(say).then(() => nothing) },
    { title: "Pages", run: () => buildPages(say).then(() => nothing) },
    { title: "Unit tests", run: () => runVitest("unit", filters, folder) },
    { title: "System tests", run: () => runVitest("system", filters, folder) },
    { title: "Tests of the log on an older nats-server", run: () => runOnOldServer(folder) },
  ];
}

/** The log's contract and the fault suites once more, on the system's own nats-server where that is an older one. */
async function runOnOldServer(folder: string): Promise<Tally> {
  const program = await oldServer(folder);
  if (program === undefined) {
    say(" - this system has no older nats-server: they are skipped");
    return filters.length === 0 ? { ...nothing, skipped: 1 } : nothing;
  }
  say(` ✓ nats-server ${program.version} (${program.path})`);
  process.env.OLD_NATS_SERVER_BIN = program.path;
  return runVitest("old-nats-server", filters, folder);
}

await inRunFolder(async ({ path, left }) => {
  let tally = nothing;
  for (const { title, run } of stages(path)) {
    say(`\n${title}`);
    const counted = await run().catch((error: unknown) => {
      say(` ✗ ${error instanceof Error ? error.message : error}`);
      return broken;
    });
    tally = add(tally, counted);
  }
  if (tally.passed + tally.failed + tally.skipped === 0) {
    say(`\nNo test matches ${filters.join(" ")}`);
    tally = broken;
  }
  // Tests that failed may have been cut short; those that passed clear away what they made.
  const forgotten = left();
  if (tally.failed === 0 && forgotten.length > 0) {
    say(`\n ✗ tests left temporary folders behind: ${forgotten.join(", ")}`);
    tally = add(tally, broken);
  }
  say(`\n${summary(tally)}`);
  return tally.failed === 0 ? 0 : 1;
});
