import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { visible } from "./terminal.ts";

export interface RunOptions extends Pick<SpawnOptions, "env" | "cwd"> {
  /** Milliseconds until the program is killed. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
  readonly onWait?: (seconds: number) => void;
}

export interface Ran {
  /** Undefined if the program was killed after `timeoutMs`. */
  readonly code: number | undefined;
  readonly lines: readonly string[];
}

const KEPT_LINES = 50;
const WAIT_MS = 5_000;

/** @throws Error if the program can't be started, or was aborted */
export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { env, cwd, timeoutMs, signal, onLine, onWait } = options;
  return new Promise((resolve, reject) => {
    // The program has a process group of its own, so that a terminal's Ctrl-C does not reach it. If Ctrl-C reached it,
    // the program would seem to have failed, and the caller would try another way.
    const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (lines.push(line) > KEPT_LINES) lines.shift();
        onLine?.(line);
      });
    }
    const kill = () => killGroup(child);
    const timeout = setTimeout(kill, timeoutMs);
    const started = performance.now();
    const waiting = setInterval(() => onWait?.(Math.round((performance.now() - started) / 1_000)), WAIT_MS);
    signal.addEventListener("abort", kill, { once: true });
    const end = () => {
      clearTimeout(timeout);
      clearInterval(waiting);
      signal.removeEventListener("abort", kill);
    };
    child.once("error", (error) => {
      end();
      reject(error);
    });
    child.once("close", (code) => {
      end();
      if (signal.aborted) reject(new Error(`${command} was aborted`));
      else resolve({ code: code ?? undefined, lines });
    });
    if (signal.aborted) kill();
  });
}

/** Also kills the child processes of the program, because a compiler runs other programs. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export function reasonOf({ code, lines }: Ran): string {
  if (code === undefined) return "it took too long";
  const marked =
    lines.findLast((line) => /^\s*(?:error|E|go):/i.test(line)) ?? lines.findLast((line) => line.trim() !== "");
  return marked === undefined ? `exit code ${code}` : visible(marked.trim().slice(0, 300));
}
