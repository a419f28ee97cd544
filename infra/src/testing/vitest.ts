import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Tally, tallyVitest, type VitestReport } from "./tally.ts";
import { runTool } from "./tools.ts";

/**
 * @param projects of vitest.config.ts, whose files run beside each other
 * @param filters parts of file names; none: all files
 * @param folder for the report
 */
export async function runVitest(
  projects: readonly string[],
  filters: readonly string[],
  folder: string,
): Promise<Tally> {
  const file = join(folder, `${projects.join("-")}.json`);
  const mayBeEmpty = filters.length > 0;
  const { code } = await runTool(
    "vitest",
    [
      "run",
      ...projects.map((project) => `--project=${project}`),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...(mayBeEmpty ? ["--passWithNoTests"] : []),
      ...filters,
    ],
    { show: true },
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
