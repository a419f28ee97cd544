import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { foreignEnvironment } from "../system/foreign-environment.ts";
import { configText, type NatsServerConfig } from "./config.ts";
import { findNatsServer } from "./find/index.ts";
import type { NatsServerProgram } from "./find/version.ts";

export interface NatsServerOptions extends Partial<Omit<NatsServerConfig, "storeDir">> {
  readonly storeDir: string;
  readonly program?: NatsServerProgram;
  readonly onLog?: (line: string) => void;
  /** Called before the store is recovered, which may take minutes. */
  readonly onSpawn?: (pid: number, configFile: string) => void;
  /** A process group of its own, which a terminal's Ctrl-C does not reach. */
  readonly detached?: boolean;
  /** Milliseconds to recover the store. */
  readonly readyWithin?: number;
  readonly signal?: AbortSignal;
}

/** A nats-server that is ready. */
export interface NatsServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly storeDir: string;
  readonly configFile: string;
  readonly exited: Promise<void>;
  logs(): readonly string[];
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const gib = 1024 ** 3;
const keptLines = 200;
const PORTS_FILE = /^nats-server_\d+\.ports$/;
const running = new Set<ChildProcess>();

/**
 * Resolves when the server has recovered its store and accepts clients. Rejects with its last lines if it ends before.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const program = options.program ?? (await findNatsServer());
  const { storeDir } = options;
  const host = options.host ?? "127.0.0.1";
  await mkdir(storeDir, { recursive: true });
  // After a kill of the whole machine or container, another server may get the process id that such a file names.
  for (const name of await readdir(storeDir))
    if (PORTS_FILE.test(name)) await rm(join(storeDir, name), { force: true });
  const configFile = join(storeDir, "nats-server.conf");
  const config = {
    host,
    port: options.port ?? 0,
    storeDir,
    serverName: options.serverName ?? "fleetlog",
    maxPayload: options.maxPayload ?? 1024 ** 2,
    maxFileStore: options.maxFileStore ?? 64 * gib,
    maxMemoryStore: options.maxMemoryStore ?? gib / 4,
    sync: options.sync ?? "always",
    // As many events as a gateway puts into one batch; nats-server's default is 1,000.
    largestBatch: options.largestBatch ?? 4_000,
    ...(options.extra !== undefined && { extra: options.extra }),
  };
  await writeFile(configFile, configText(config, program.version), { mode: 0o600 });

  const child = spawn(program.path, ["--config", configFile], {
    // nats-server names its file of ports after its program name, and PORTS_FILE expects this name.
    argv0: "nats-server",
    env: foreignEnvironment(process.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.detached ?? false,
  });
  if (child.pid !== undefined) options.onSpawn?.(child.pid, configFile);
  const lines: string[] = [];
  const keep = (line: string) => {
    if (lines.push(line) > keptLines) lines.shift();
    options.onLog?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", keep);
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      keep(error.message);
      resolve();
    });
    child.once("exit", () => resolve());
  });
  track(child, exited);

  const portsFile = join(storeDir, `nats-server_${child.pid}.ports`);
  const end = async (signal: "SIGINT" | "SIGKILL") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    await rm(portsFile, { force: true });
  };
  const abort = () => child.kill("SIGINT");
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    const port = await readPort(portsFile, exited, options.readyWithin ?? 120_000);
    return {
      url: `nats://${host}:${port}`,
      host,
      port,
      pid: child.pid ?? 0,
      version: program.version,
      storeDir,
      configFile,
      exited,
      logs: () => [...lines],
      stop: () => end("SIGINT"),
      kill: () => end("SIGKILL"),
    };
  } catch (error) {
    await end("SIGKILL");
    const lastLines = lines.slice(-8).map((line) => `\n  ${line}`);
    throw new Error(`nats-server did not start: ${(error as Error).message}${lastLines.join("")}`, { cause: error });
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}

/** The server writes the file once it listens, which is after recovery. */
async function readPort(file: string, exited: Promise<void>, within: number): Promise<number> {
  const ended = exited.then(() => true);
  for (const start = performance.now(); performance.now() - start < within; ) {
    const text = await readFile(file, "utf8").catch(() => "");
    // The pattern does not match a partly written file.
    const port = /"nats":\s*\[\s*"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
    if (await Promise.race([ended, delay(10, false)])) throw new Error("it ended");
  }
  throw new Error(`it was not ready within ${within / 1000} s`);
}

/** Ends the server together with the process that started it. */
function track(child: ChildProcess, exited: Promise<void>): void {
  if (running.size === 0) process.on("exit", killRunning);
  running.add(child);
  void exited.then(() => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killRunning);
  });
}

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}
