import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { isRunning } from "../system/processes.ts";
import { dockerAnswers, findProgram } from "../system/programs.ts";
import { docker } from "./docker.ts";

/** A container engine that this process has started. */
export interface Engine {
  /** Removes containers, networks and volumes, and stops the engine. Images and build steps stay. */
  stop(): Promise<void>;
}

const BRIDGE = "/sys/class/net/docker0";
const READY_MS = 60_000;
const KEPT_BUILD_CACHE = "2GB";

/**
 * Starts an engine with its own socket and store, and sets DOCKER_HOST for this process and its children.
 *
 * @param folder of the socket and store, which the next run uses again
 * @returns the engine, or why none can be started here
 */
export async function startEngine(
  folder: string,
  say: (line: string) => void,
): Promise<Engine | { readonly why: string }> {
  const program = await findEngine(say);
  if (typeof program !== "string") return program;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const hadBridge = existsSync(BRIDGE);
  const pidFile = join(folder, "pid");
  const pid = Number(await readFile(pidFile, "utf8").catch(() => "0"));
  if (pid > 0 && isRunning(pid, folder)) return { why: `another run has started one (pid ${pid})` };

  const log = join(folder, "dockerd.log");
  const output = openSync(log, "w", 0o600);
  const host = `unix://${join(folder, "docker.sock")}`;
  const child = spawn(
    program,
    [
      ...["--host", host, "--pidfile", pidFile],
      ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
    ],
    // Output goes to a file: a pipe would break when the run is killed, and the engine must survive that.
    { stdio: ["ignore", "ignore", output], detached: true },
  );
  closeSync(output);
  const exited = once(child, "exit");
  process.env.DOCKER_HOST = host;
  if (!(await isReady(child))) {
    Reflect.deleteProperty(process.env, "DOCKER_HOST");
    await end(child, exited);
    const last = (await readFile(log, "utf8")).trimEnd().split("\n").at(-1);
    return { why: `dockerd did not start: ${last}` };
  }
  return {
    async stop() {
      await removeAll().catch((error: Error) => say(` ! ${error.message}`));
      await end(child, exited);
      // dockerd leaves its network interface behind.
      if (!hadBridge) spawnSync("ip", ["link", "delete", basename(BRIDGE)]);
      Reflect.deleteProperty(process.env, "DOCKER_HOST");
    },
  };
}

async function findEngine(say: (line: string) => void): Promise<string | { readonly why: string }> {
  if (!canAptInstall()) return { why: "only root on Debian or Ubuntu can start one" };
  const find = () => findProgram("dockerd");
  if (find() === undefined) await aptInstall("docker.io", say);
  return find() ?? { why: "apt-get could not install docker.io" };
}

async function isReady(child: ChildProcess): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < READY_MS; await delay(100)) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (dockerAnswers()) return true;
  }
  return false;
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await exited;
}

async function removeAll(): Promise<void> {
  const containers = await docker(["ps", "--all", "--quiet"]);
  if (containers.length > 0) await docker(["rm", "--force", "--volumes", ...containers]);
  await docker(["network", "prune", "--force"]);
  await docker(["volume", "prune", "--force"]);
  await docker(["image", "prune", "--force"]);
  await docker(["builder", "prune", "--force", "--keep-storage", KEPT_BUILD_CACHE]);
}
