import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "../system/root.ts";
import { sayColoured } from "../system/terminal.ts";
import { runTool, type ToolOptions } from "../system/tools.ts";
import { FILE_CPU, readFileCpu } from "./file-cpu.ts";
import { PROGRESS, watchProgress } from "./progress.ts";
import { type Tally, tallyVitest, type VitestReport } from "./tally.ts";
import type { FileTime } from "./times.ts";

const PROGRESS_REPORTER = join(import.meta.dirname, "progress-reporter.ts");

interface Report extends VitestReport {
  readonly testResults: readonly (VitestReport["testResults"][number] & {
    readonly name: string;
    /** ms since 1970, when the first test began and the last one ended */
    readonly startTime: number;
    readonly endTime: number;
  })[];
}

/**
 * A run that hangs is ended, and counts as failed.
 *
 * @param projects of vitest.config.ts, whose files run beside each other
 * @param filters parts of file names; none: all files
 * @param folder for the report
 */
export async function runVitest(
  projects: readonly string[],
  filters: readonly string[],
  folder: string,
  { niceness = 0 }: Pick<ToolOptions, "niceness"> = {},
): Promise<{ readonly tally: Tally; readonly files: readonly FileTime[] }> {
  const file = join(folder, `${projects.join("-")}.json`);
  const mayBeEmpty = filters.length > 0;
  const progress = join(folder, `${projects.join("-")}.progress`);
  const cpu = join(folder, `${projects.join("-")}.cpu`);
  const endWatch = watchProgress(progress, sayColoured);
  const { code } = await runTool(
    "vitest",
    [
      "run",
      ...projects.map((project) => `--project=${project}`),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
      `--reporter=${PROGRESS_REPORTER}`,
      ...(mayBeEmpty ? ["--passWithNoTests"] : []),
      ...filters,
    ],
    { show: true, niceness, env: { [PROGRESS]: progress, [FILE_CPU]: cpu } },
  ).finally(endWatch);
  const report = await readReport(file);
  const seconds = readFileCpu(cpu);
  const files = report?.testResults.map((result) => timeOf(result, seconds.get(result.name))) ?? [];
  return { tally: tallyVitest(report, code, mayBeEmpty), files };
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Report;
  } catch {
    return undefined;
  }
}

function timeOf({ name, startTime, endTime }: Report["testResults"][number], cpuSeconds: number | undefined): FileTime {
  const time = { file: relative(root, name), began: startTime, ended: endTime };
  return cpuSeconds === undefined ? time : { ...time, cpuSeconds };
}
