import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { runTool } from "../system/tools.ts";
import { add, nothing, type Tally } from "./tally.ts";

/** dependency-cruiser's advice to install an older TypeScript, which is not needed because swc reads the sources. */
const noise = /^‼ missing-tsc-transpiler[\s\S]*/m;

interface StaticCheck {
  readonly name: string;
  readonly tool: string;
  readonly args: readonly string[];
}

function staticChecks(): readonly StaticCheck[] {
  // Checkers share no inferred types: for the tests, four of them take 25 s of processor time, and one takes 15 s.
  const checkers = ["--checkers", String(Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))))];
  return [
    { name: "format and lint (biome)", tool: "biome", args: ["check", "--error-on-warnings"] },
    // Each compilation checks everything that it imports, so there are as few compilations as possible.
    { name: "types of programs and tests (tsc)", tool: "tsc", args: ["-p", ".", ...checkers] },
    { name: "types of tests in the browser and benchmarks (tsc)", tool: "tsc", args: ["-p", "test", ...checkers] },
    { name: "types of the pages (tsc)", tool: "tsc", args: ["-p", "ui", ...checkers] },
    {
      name: "import rules (dependency-cruiser)",
      tool: "depcruise",
      args: ["--config", ".dependency-cruiser.mjs", ...sourceFolders()],
    },
  ];
}

/** @param niceness of the checkers' processes, see ToolOptions */
export async function runStaticChecks(say: (line: string) => void, niceness = 0): Promise<Tally> {
  let tally = nothing;
  for (const { name, tool, args } of staticChecks()) {
    const start = performance.now();
    const { code, output } = await runTool(tool, args, { niceness });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(` ${code === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
    if (code !== 0) say(output.replace(noise, "").trimEnd());
    tally = add(tally, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
  }
  return tally;
}

function sourceFolders(): string[] {
  return ["services", "gateway", "ui", "simulators", "infra", "test"].filter((folder) =>
    existsSync(join(root, folder)),
  );
}
