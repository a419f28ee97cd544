import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Commands of util-linux that work here, each with the tool's path. The program that they start follows. */
export interface Tools {
  /**
   * Gives the program SCHED_IDLE, which Node.js can't set. A process with this policy runs when no other process wants the
   * processor, yields at once to one that wakes up, and reads from disks after others.
   */
  readonly idle?: readonly string[];
  /** Linux kills the program when the thread that started it ends. */
  readonly diesWithParent?: readonly string[];
  /** What this system lacks for the priority `idle`, each for the operator. */
  readonly lacks: readonly string[];
}

const TOOL_MS = 5_000;
const IDLE = ["chrt", "-i", "0"];
/** Of util-linux 2.33 or newer. */
const DIES_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"];
/** Names of all tools. */
export const TOOLS: ReadonlySet<string | undefined> = new Set([IDLE[0], DIES_WITH_PARENT[0]]);

let found: Promise<Tools> | undefined;

/** The tools of this system, which are tried once. Never rejects. */
export function tools(): Promise<Tools> {
  found ??= findTools(process.env.PATH);
  return found;
}

/** Tries the tools. Never rejects. @param path as the variable PATH */
export async function findTools(path = ""): Promise<Tools> {
  if (process.platform !== "linux") return { lacks: [] };
  const [idle, dies] = await Promise.all([attempt(IDLE, path), attemptDeathSignal(path)]);
  const lacks = [
    ...(typeof idle === "string" ? [`they run with niceness 19 instead of SCHED_IDLE: ${idle}`] : []),
    ...(typeof dies === "string" ? [`they are not paused while the machine is busy: ${dies}`] : []),
  ];
  return {
    ...(typeof idle !== "string" && { idle }),
    ...(typeof dies !== "string" && { diesWithParent: dies }),
    lacks,
  };
}

async function attemptDeathSignal(path: string): Promise<readonly string[] | string> {
  return hasFileCapabilities(ownStatus())
    ? "the file of Node.js has capabilities, and Linux does not kill such a program with its parent"
    : await attempt(DIES_WITH_PARENT, path);
}

/**
 * Whether this process has capabilities from its program's file. Linux then clears the death signal at the start of the
 * same program: prctl(2), PR_SET_PDEATHSIG.
 *
 * @param status as in proc_pid_status(5)
 */
export function hasFileCapabilities(status: string): boolean {
  const capabilities = (name: string) =>
    BigInt(`0x${new RegExp(`^${name}:\\s+(\\w+)$`, "m").exec(status)?.[1] ?? "0"}`);
  const isRoot = /^Uid:\s+\d+\s+0\s/m.test(status);
  return !isRoot && (capabilities("CapPrm") & ~capabilities("CapAmb")) !== 0n;
}

/** @returns the command with the tool's path, or why it does not work */
async function attempt([tool = "", ...options]: readonly string[], path: string): Promise<readonly string[] | string> {
  const at = placeOf(tool, path);
  if (at === undefined) return `there is no ${tool}, which is in util-linux`;
  try {
    await promisify(execFile)(at, [...options, "true"], { timeout: TOOL_MS, env: { PATH: path } });
  } catch (error) {
    // A tool that was killed at the time limit counts as working: a busy machine gave it no time.
    if ((error as { readonly killed?: boolean }).killed !== true) return (error as Error).message;
  }
  return [at, ...options];
}

function ownStatus(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
}

function placeOf(tool: string, path: string): string | undefined {
  return path
    .split(":")
    .map((folder) => join(folder, tool))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
