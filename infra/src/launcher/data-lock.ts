import { rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jsonIfWhole } from "@fleetlog/runtime/node";
import { isRunning, signal } from "../system/processes.ts";

interface LockedProcess {
  readonly pid: number;
  readonly mark: string;
}

interface Holder {
  readonly host: string;
  readonly launcher: LockedProcess;
  /** The processes that the launcher started, by name. Lock files of earlier versions already have this field. */
  readonly parts: Readonly<Record<string, LockedProcess>>;
}

/** Exclusive use of the data folder. */
export interface DataLock {
  /** Lets the next start stop the process, if this launcher is killed. */
  record(name: string, pid: number, mark: string): void;
  release(): void;
}

/**
 * First stops processes that a killed launcher left running.
 *
 * @throws Error that names the process that holds the lock; the system's error if its file can't be read or written
 */
export async function lockData(dataDir: string, say: (line: string) => void): Promise<DataLock> {
  const file = join(dataDir, "launcher.json");
  const launcher = { pid: process.pid, mark: process.argv[1] ?? process.execPath };
  let holder: Holder = { host: hostname(), launcher, parts: {} };
  for (let attempt = 0; !create(file, holder); attempt++) {
    const other = (jsonIfWhole(file) ?? undefined) as Holder | undefined;
    const alive =
      other !== undefined && other.host === holder.host && isRunning(other.launcher.pid, other.launcher.mark);
    if (alive || attempt > 3) {
      const who = other === undefined ? "" : ` (process ${other.launcher.pid})`;
      throw new Error(
        `Another Fleetlog${who} uses the data folder ${dataDir}. Stop it, or use another data folder: FLEETLOG_DATA_DIR=…`,
      );
    }
    if (other?.host === holder.host) await stopLeftovers(other.parts, say);
    rmSync(file, { force: true });
  }
  return {
    record(name, pid, mark) {
      holder = { ...holder, parts: { ...holder.parts, [name]: { pid, mark } } };
      try {
        writeFileSync(file, text(holder));
      } catch (error) {
        // The record matters only if this launcher is killed: a full disk must not stop the processes.
        say(` ! ${file} can't be written: ${(error as Error).message}`);
      }
    },
    release: () => rmSync(file, { force: true }),
  };
}

async function stopLeftovers(processes: Holder["parts"], say: (line: string) => void): Promise<void> {
  for (const [name, { pid, mark }] of Object.entries(processes)) {
    if (!isRunning(pid, mark)) continue;
    say(`the last start was killed and left ${name} (pid ${pid}); stopping it`);
    signal(pid, "SIGTERM");
    for (let tries = 0; tries < 100 && isRunning(pid, mark); tries++) await delay(100);
    if (isRunning(pid, mark)) signal(pid, "SIGKILL");
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

function text(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}
