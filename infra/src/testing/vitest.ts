import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Tally, tallyVitest, type VitestReport } from "./tally.ts";
import { runTool } from "./tools.ts";

/**
 * Runs one project of vitest.config.ts and shows its progress.
 * @param filters parts of file names; none for all files
 */
export async function runVitest(project: string, filters: readonly string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-test-"));
  try {
    const file = join(folder, "report.json");
    const mayBeEmpty = filters.length > 0;
    const { code } = await runTool(
      "vitest",
      [
        "run",
        `--project=${project}`,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${file}`,
        ...(mayBeEmpty ? ["--passWithNoTests"] : []),
        ...filters,
      ],
      true,
    );
    return tallyVitest(await readReport(file), code, mayBeEmpty);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as VitestReport;
  } catch {
    return undefined;
  }
}
