import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { test } from "../../bootstrap/commands.mjs";
import { buildPages } from "../pages/build.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { runStaticChecks } from "./static-checks.ts";
import { add, nothing, summary, type Tally } from "./tally.ts";
import { runVitest } from "./vitest.ts";

// npm test [-- <part of a file name> …]: everything, or the unit and system tests in the files that match.
const filters = readCommandLine(process.argv.slice(2), test).words;
const say = (line: string) => console.log(line);

const broken: Tally = { passed: 0, failed: 1, skipped: 0 };

const stages: readonly { readonly title: string; readonly run: () => Promise<Tally> }[] = [
  ...(filters.length === 0 ? [{ title: "Static checks", run: () => runStaticChecks(say) }] : []),
  { title: "Programs", run: () => ensurePrerequisites(say).then(() => nothing) },
  { title: "Pages", run: () => buildPages(say).then(() => nothing) },
  { title: "Unit tests", run: () => runVitest("unit", filters) },
  { title: "System tests", run: () => runVitest("system", filters) },
];

let tally = nothing;
for (const { title, run } of stages) {
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
say(`\n${summary(tally)}`);
process.exitCode = tally.failed === 0 ? 0 : 1;
