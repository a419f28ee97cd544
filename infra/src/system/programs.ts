import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export const SERVER_FOLDERS: readonly string[] = [
  "/usr/local/sbin",
  "/usr/sbin",
  "/usr/local/bin",
  "/opt/homebrew/bin",
];

export function findProgram(name: string, path?: string, others?: readonly string[]): string | undefined {
  return findPrograms(name, path, others)[0];
}

/** All programs of this name, those of the PATH first. */
export function findPrograms(
  name: string,
  path = process.env.PATH ?? "",
  others: readonly string[] = SERVER_FOLDERS,
): string[] {
  const folders = [...path.split(delimiter), ...others].filter((folder) => folder !== "");
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable);
}

/**
 * Chromium under any name, if it runs: on Ubuntu the command may only print how to install it.
 *
 * The headless shell comes first: the same engine without a desktop's browser around it needs half of the processor time.
 */
export function findChromium(path = process.env.PATH ?? ""): string | undefined {
  return ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    .map((name) => findProgram(name, path))
    .find((path) => path !== undefined && spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function dockerAnswers(): boolean {
  return spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { stdio: "ignore" }).status === 0;
}
