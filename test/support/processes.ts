import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleOf } from "@fleetlog/infra/run-folder";

export interface RunningProcess<Ready> {
  readonly pid: number;
  readonly ready: Ready;
  logs(): readonly string[];
  /** Resolves with the exit code when the process has ended; null after a signal. */
  readonly exited: Promise<number | null>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

const KEPT_LINES = 200;
const root = new URL("../../", import.meta.url);

/** Environment with which a process starts its own processes from their bundles, if `npm test` has made some. */
export const BUNDLES = { NODE_OPTIONS: `--import=${new URL("./bundled-mains.ts", import.meta.url).href}` } as const;

/**
 * The variables that every process gets from this one: where programs are, and where Node has their compiled code, if
 * there is a folder for it.
 */
export const RUNTIME: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  ...(process.env.NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
};

export interface StartOptions {
  readonly args?: readonly string[];
  /** Options of Node, for this process only. */
  readonly nodeOptions?: readonly string[];
  /** Kills the process if it is not ready yet; the start rejects with the signal's reason. */
  readonly killBy?: AbortSignal | undefined;
}

/**
 * Runs a `main.ts` as the launcher does, or its bundle, which `npm test` has made; resolves when the process is ready.
 */
export async function startProcess<Ready>(
  main: string,
  env: Readonly<Record<string, string>>,
  { args = [], nodeOptions = [], killBy }: StartOptions = {},
): Promise<RunningProcess<Ready>> {
  const child = fork(bundled(main) ?? fileURLToPath(new URL(main, root)), args, {
    env: { ...inherited(), ...env },
    execArgv: [...process.execArgv, ...nodeOptions],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      lines.push(...text.trimEnd().split("\n"));
      lines.splice(0, lines.length - KEPT_LINES);
    });
  }
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const kill = () => child.kill("SIGKILL");
  killBy?.addEventListener("abort", kill);
  const ready = await Promise.race([
    readiness<Ready>(child),
    exited.then((code) => {
      // With a code, the process had ended by itself just before the kill.
      if (killBy?.aborted && code === null) throw killBy.reason;
      throw new Error(`${main} ended with ${code} before it was ready:\n${lines.join("\n")}`);
    }),
  ]);
  killBy?.removeEventListener("abort", kill);
  return {
    pid: child.pid ?? 0,
    ready,
    logs: () => lines,
    exited,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function bundled(main: string): string | undefined {
  const { BUNDLED_PROGRAMS: folder } = process.env;
  const file = folder === undefined ? undefined : bundleOf(main, folder);
  return file !== undefined && existsSync(file) ? file : undefined;
}

function readiness<Ready>(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      if ((message as { type?: string }).type === "ready") resolve(message as Ready);
    });
  });
}

/** FLEETLOG_ settings of this machine must not affect a process under test. */
function inherited(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith("FLEETLOG_"),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
