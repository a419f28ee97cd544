import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram } from "../system/programs.ts";
import { root } from "../system/root.ts";
import { reasonOf, runProgram } from "../system/run.ts";
import { dockerClient } from "./docker.ts";

export const COMPOSE_FILE = join(root, "infra/container/compose.yaml");
const TIMEOUT_MS = 300_000;

/** Docker Compose as a plugin of the client, or as its own program. Debian 12 has version 1. */
export interface Compose {
  readonly command: readonly [string, ...string[]];
  readonly version: string;
}

export function findCompose(env: NodeJS.ProcessEnv = process.env, others?: readonly string[]): Compose | undefined {
  const [client, program] = [dockerClient(env, others), findProgram("docker-compose", env.PATH, others)];
  const commands = [
    ...(client === undefined ? [] : [[client, "compose"]]),
    ...(program === undefined ? [] : [[program]]),
  ];
  for (const [path = "", ...args] of commands) {
    const { status, stdout } = spawnSync(path, [...args, "version", "--short"], {
      env,
      encoding: "utf8",
      timeout: 20_000,
    });
    const version = /(\d+\.\d+\.\d+)/.exec(stdout ?? "")?.[1];
    if (status === 0 && version !== undefined) return { command: [path, ...args], version };
  }
  return undefined;
}

export interface ComposeProject {
  readonly name: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly override: object;
}

/**
 * Runs one command on compose.yaml, such as `["up", "--detach"]`.
 *
 * @throws Error with the command's output, if it fails
 */
export async function compose(
  { command: [path, ...before], version }: Compose,
  project: ComposeProject,
  args: readonly string[],
): Promise<readonly string[]> {
  const override = join(project.folder, "override.json");
  writeFileSync(override, JSON.stringify(project.override));
  const files = [version.startsWith("1.") ? withoutName(project.folder) : COMPOSE_FILE, override];
  const options = [
    ...files.flatMap((file) => ["--file", file]),
    ...["--project-directory", dirname(COMPOSE_FILE), "--project-name", project.name],
  ];
  const ran = await runProgram(path, [...before, ...options, ...args], {
    env: { ...process.env, ...project.env },
    timeoutMs: TIMEOUT_MS,
    signal: new AbortController().signal,
  });
  if (ran.code !== 0) throw new Error(`${args[0]}: ${reasonOf(ran)}\n${ran.lines.join("\n")}`);
  return ran.lines;
}

/** Copies compose.yaml without the project's name, the only line that version 1 of Docker Compose rejects. */
function withoutName(folder: string): string {
  const file = join(folder, "compose.yaml");
  writeFileSync(file, readFileSync(COMPOSE_FILE, "utf8").replace(/^name: .*$/m, ""));
  return file;
}
