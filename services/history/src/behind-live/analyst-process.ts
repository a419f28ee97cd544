import { type ChildProcess, fork, type SerializationType } from "node:child_process";
import { readFileSync } from "node:fs";
import { pacer as allProcesses, type Pacer } from "./pacer.ts";
import { IN_OWN_SESSION, type Priority, putBehindLive } from "./priority.ts";
import { TOOLS, type Tools, tools } from "./tools.ts";

export interface AnalystProgram {
  readonly main: URL;
  /** Of Node.js. */
  readonly options: readonly string[];
  /** The process gets only these: some settings of this process are secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly serialization?: SerializationType;
}

export interface AnalystOptions {
  readonly priority: Priority;
  /** Default: one pacer for all processes with the priority `idle`, and none for others, which never pause. */
  readonly pacer?: Pacer | undefined;
}

/**
 * A process that runs analysts' code behind the processes that serve devices and people. Start it in the main thread: on
 * Linux, the process is killed when the thread that started it ends.
 */
export class AnalystProcess {
  readonly child: ChildProcess;
  /** The signal that ended the process; null if it ended by itself, or could not be started. Never rejects. */
  readonly exited: Promise<NodeJS.Signals | null>;
  readonly #priority: Priority;
  /** Undefined for a process that never pauses. */
  readonly #pacer: Pacer | undefined;
  #diesWithParent = false;
  #leavePacer: (() => void) | undefined;

  private constructor(
    program: AnalystProgram,
    command: readonly string[],
    priority: Priority,
    pacer: Pacer | undefined,
  ) {
    const { main, options, env, serialization } = program;
    const [execPath = process.execPath, ...execArgv] = [...command, process.execPath, ...options];
    this.child = fork(main, [], {
      ...{ execPath, execArgv, env, detached: IN_OWN_SESSION, stdio: ["ignore", "ignore", "ignore", "ipc"] },
      ...(serialization !== undefined && { serialization }),
    });
    this.#priority = priority;
    this.#pacer = pacer;
    const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
    this.exited = promise;
    this.child.once("exit", (_, by) => {
      this.endPauses();
      resolve(by);
    });
    this.child.once("error", () => resolve(null));
    putBehindLive(this.child.pid, priority);
  }

  /** Does not wait until the program has started. */
  static async start(program: AnalystProgram, { priority, pacer }: AnalystOptions): Promise<AnalystProcess> {
    const isIdle = priority === "idle";
    const wanted = pacer ?? (isIdle ? allProcesses : undefined);
    if (wanted === undefined) return new AnalystProcess(program, [], priority, undefined);
    const found = await tools();
    // Where nothing kills a process together with this one, a paused one would stay for ever.
    return new AnalystProcess(program, commandBefore(found, isIdle), priority, found.diesWithParent && wanted);
  }

  /** Call it when the process has begun its threads: on Linux each thread has a priority. */
  threadsBegun(): void {
    putBehindLive(this.child.pid, this.#priority);
  }

  /** From now on, the process pauses while the machine is busy, if it has a pacer and this system can end paused processes. */
  beginPauses(): void {
    const { pid } = this.child;
    if (pid === undefined || this.#pacer === undefined || this.#leavePacer !== undefined) return;
    this.#leavePacer = this.#pacer.add({
      pid,
      pause: () => {
        if (this.#willDieWithParent()) this.child.kill("SIGSTOP");
      },
      resume: () => this.child.kill("SIGCONT"),
    });
  }

  endPauses(): void {
    this.#leavePacer?.();
    this.#leavePacer = undefined;
  }

  kill(): void {
    this.endPauses();
    this.child.kill("SIGKILL");
  }

  /** Whether the tools have done their work. Each then runs the next program in its place. */
  #willDieWithParent(): boolean {
    this.#diesWithParent ||= isPastTools(this.child.pid);
    return this.#diesWithParent;
  }
}

/**
 * The tools that start a program. The one for the death signal is the last: Linux clears the signal if a later program gets
 * capabilities from its file, which an administrator can give to `chrt`.
 */
export function commandBefore({ idle, diesWithParent }: Tools, isIdle: boolean): readonly string[] {
  return [...((isIdle && idle) || []), ...(diesWithParent ?? [])];
}

function isPastTools(pid: number | undefined): boolean {
  try {
    return !TOOLS.has(readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd());
  } catch {
    return false;
  }
}
