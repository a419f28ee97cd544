import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ManagedProcess, RunningProcess, SpawnedProcess } from "./managed-process.ts";

export interface NodeChildOptions {
  readonly name: string;
  /** The program sends `{"type":"ready", …}` by IPC. In a slow start it sends `{"type":"progress","text"}` before. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Milliseconds from SIGTERM to the kill. */
  readonly stopWithin: number;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
  readonly say: (line: string) => void;
  readonly describe?: (details: Readonly<Record<string, unknown>>) => string;
}

/** A program of Fleetlog. It stops when the launcher ends, which closes the IPC channel. */
export function nodeChild(options: NodeChildOptions): ManagedProcess {
  return { name: options.name, start: (signal, spawned) => startChild(options, signal, spawned) };
}

async function startChild(
  options: NodeChildOptions,
  signal: AbortSignal,
  spawned: (process: SpawnedProcess) => void,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", options.main], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // The child has a process group of its own: a terminal's Ctrl-C reaches only the launcher, which stops all in
    // order.
    detached: true,
  });
  if (child.pid !== undefined) spawned({ pid: child.pid, mark: options.main });
  listen(child, options.onLine);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, by) => resolve(by === null ? `exit code ${code}` : by));
  });

  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const force = setTimeout(() => {
      options.say(`${options.name} did not stop within ${options.stopWithin / 1000} s; killing it`);
      child.kill("SIGKILL");
    }, options.stopWithin);
    await exited;
    clearTimeout(force);
  };
  const abort = () => void stop();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const details = await Promise.race([
      ready(child, (text) => options.say(`   ${options.name}: ${text}`)),
      exited.then(failEarly),
    ]);
    return {
      pid: child.pid ?? 0,
      mark: options.main,
      readyText: options.describe?.(details) ?? "",
      exited,
      stop,
      kill: () => child.kill("SIGKILL"),
    };
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function failEarly(reason: string): never {
  throw new Error(`${reason} before it was ready`);
}

function ready(child: ChildProcess, onProgress: (text: string) => void): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      if (typeof message !== "object" || message === null || !("type" in message)) return;
      if (message.type === "ready") resolve({ ...message });
      else if (message.type === "progress" && "text" in message) onProgress(String(message.text));
    });
  });
}

function listen(child: ChildProcess, onLine: NodeChildOptions["onLine"]): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (stream !== null) createInterface({ input: stream }).on("line", (line) => onLine(line, name));
  }
}
