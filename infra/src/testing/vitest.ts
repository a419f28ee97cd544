import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Tally, tallyVitest, type VitestReport } from "./tally.ts";
import { runTool } from "./tools.ts";

/**
 * @param filters parts of file names; none: all files
 * @param folder for the project's report
 */
export async function runVitest(project: string, filters: readonly string[], folder: string): Promise<Tally> {
  const file = join(folder, `${project}.json`);
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
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as VitestReport;
  } catch {
    return undefined;
  }
}
