import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A nats-server program on this machine. */
export interface NatsServerProgram {
  readonly path: string;
  readonly version: string;
}

/** The version that is fetched, and on which all suites run. */
export const PINNED = "2.15.1";
/** The first version with atomic batches; older versions get a warning. */
export const NEW_ENOUGH = "2.12.0";
/** The first version with `sync_interval`. */
const SYNCS = "2.10.0";

export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(".").map(Number));
  for (const [index, number] of (want ?? []).entries()) {
    const difference = (have?.[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export function canSyncAlways(version: string): boolean {
  return isAtLeast(version, SYNCS);
}

export function hasBatches(version: string): boolean {
  return isAtLeast(version, NEW_ENOUGH);
}

/** Missing features of an older server; undefined if it is new enough. */
export function lack(version: string): string | undefined {
  if (hasBatches(version)) return undefined;
  return canSyncAlways(version)
    ? `nats-server ${version} writes each event to disk by itself, which limits how many a second it can store; 2.15 and newer write many at once`
    : `nats-server ${version} writes to disk every two minutes: a power cut can lose what was acknowledged since; 2.10 and newer lose nothing`;
}

/** @throws Error if the program can't be run, or is not nats-server */
export async function programAt(path: string): Promise<NatsServerProgram> {
  const { stdout, stderr } = await promisify(execFile)(path, ["--version"], { timeout: 20_000 });
  const version = /v?(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`)?.[1];
  if (version === undefined)
    throw new Error(`${path} does not look like nats-server: --version prints "${stdout.trim()}"`);
  return { path, version };
}
