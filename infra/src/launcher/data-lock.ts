import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isStill, signal } from "../system/processes.ts";

interface Process {
  readonly pid: number;
  readonly mark: string;
}

/** What the lock file holds: who has the folder, and what it runs. */
interface Holder {
  readonly host: string;
  readonly launcher: Process;
  readonly parts: Readonly<Record<string, Process>>;
}

/** The data folder is this launcher's alone. */
export interface DataLock {
  /** Notes a process, so that a later start can end it if this launcher is killed. */
  record(name: string, pid: number, mark: string): void;
  release(): void;
}

/**
 * Takes the data folder. A launcher that was killed leaves its lock and perhaps processes: those are ended first.
 * @throws Error that names the process which has the folder
 */
export async function lockData(dataDir: string, say: (line: string) => void): Promise<DataLock> {
  const file = join(dataDir, "launcher.json");
  const launcher = { pid: process.pid, mark: process.argv[1] ?? process.execPath };
  let holder: Holder = { host: hostname(), launcher, parts: {} };
  for (let attempt = 0; !create(file, holder); attempt++) {
    const other = read(file);
    const alive = other !== undefined && other.host === holder.host && isStill(other.launcher.pid, other.launcher.mark);
    if (alive || attempt > 3) {
      const who = other === undefined ? "" : ` (process ${other.launcher.pid})`;
      throw new Error(
        `Another Fleetlog${who} uses the data folder ${dataDir}. Stop it, or give this one its own: FLEETLOG_DATA_DIR=…`,
      );
    }
    if (other?.host === holder.host) await endLeftovers(other.parts, say);
    rmSync(file, { force: true });
  }
  return {
    record(name, pid, mark) {
      holder = { ...holder, parts: { ...holder.parts, [name]: { pid, mark } } };
      try {
        writeFileSync(file, text(holder));
      } catch (error) {
        // Of no use but after this launcher was killed; a full disk must not end what runs.
        say(` ! ${file} can't be written: ${(error as Error).message}`);
      }
    },
    release: () => rmSync(file, { force: true }),
  };
}

async function endLeftovers(parts: Holder["parts"], say: (line: string) => void): Promise<void> {
  for (const [name, { pid, mark }] of Object.entries(parts)) {
    if (!isStill(pid, mark)) continue;
    say(`the last start was killed and left ${name} (pid ${pid}); stopping it`);
    signal(pid, "SIGTERM");
    for (let tries = 0; tries < 100 && isStill(pid, mark); tries++) await delay(100);
    if (isStill(pid, mark)) signal(pid, "SIGKILL");
  }
}

function create(file: string, holder: Holder): boolean {
  try {
    writeFileSync(file, text(holder), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function text(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}
