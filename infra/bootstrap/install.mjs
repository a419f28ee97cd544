// Runs on any Node from 20 on, before anything is installed: no dependency, no TypeScript.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** When interrupted, npm cleans up for half a minute. The next install starts anew, so the cleanup is not awaited. */
const NPM_STOP_TIMEOUT_MS = 3_000;

/**
 * Why packages must be installed, or undefined when those in node_modules match the lock file. Compares versions and not
 * file times: times are wrong after a fresh checkout and after an interrupted install.
 * @param {string} root the folder of package-lock.json
 * @returns {string | undefined}
 */
export function installReason(root) {
  const installed = lockedPackages(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) return "packages are not installed yet";
  const wanted = lockedPackages(join(root, "package-lock.json"));
  if (wanted === undefined)
    throw new Error(`${root} has no readable package-lock.json; restore it from version control`);
  for (const [path, entry] of Object.entries(wanted)) {
    // Skips our own packages. Packages that npm installs inside their folders have node_modules in their paths, too.
    if (!path.includes("node_modules/")) continue;
    const there = installed[path];
    if (there === undefined ? !(entry.optional || entry.devOptional) : there.version !== entry.version)
      return "the lock file has changed";
  }
  return existsSync(node24(root)) ? undefined : "Node 24 is not installed yet";
}

/**
 * The Node 24 that is installed as a package.
 * @param {string} root
 */
export function node24(root) {
  return join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
}

/**
 * What to do if the lock's file can't be written, after the system's message.
 * @param {unknown} error
 * @returns {unknown} the error to show; other errors as they are
 */
export function installProblem(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  const remedy = REMEDIES[String(code)];
  return remedy === undefined
    ? error
    : new Error(`Packages can't be installed: ${message}. ${remedy}.`, { cause: error });
}

const OWN_FOLDER = "Start as the user who owns the folder, or clone Fleetlog into a folder that you may write";
/** @type {Record<string, string>} */
const REMEDIES = {
  EACCES: OWN_FOLDER,
  EPERM: OWN_FOLDER,
  EROFS: OWN_FOLDER,
  ENOSPC: "Free a gigabyte of this disk, then start again",
};

/**
 * The file that exists while packages are being installed. It is not in node_modules, which npm removes.
 * @param {string} root
 */
export function installLock(root) {
  return join(root, ".installing");
}

/**
 * Runs `npm ci` and shows its output.
 * @param {string} root
 */
export async function install(root) {
  const [command, ...args] = npm();
  const options = { cwd: root, env: cleanEnvironment(root) };
  const ci = [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, stopped } = await runUntil(String(command), ci, options, NPM_STOP_TIMEOUT_MS).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(
      "npm was not found; it installs the packages. It comes with Node from https://nodejs.org; " +
        "if your system has a separate package for npm: sudo apt-get install npm",
    );
  });
  if (stopped) throw new Error("\nStopped while packages were being installed; the next start installs them.");
  if (code !== 0) throw new Error(`npm ci ended with code ${code}; its output is above`);
  if (!existsSync(node24(root))) {
    throw new Error("npm ci did not install Node 24: allow the install script of package node, then run npm ci again");
  }
}

/** The npm that started this process, or else the one on the PATH. */
function npm() {
  const own = process.env.npm_execpath;
  return own?.endsWith("npm-cli.js") ? [process.execPath, own] : ["npm"];
}

/**
 * npm ci replaces node_modules, so it must not run programs from there, nor inherit the settings of the npm that runs us.
 * @param {string} root
 */
function cleanEnvironment(root) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?:lifecycle|package|command|execpath|node_execpath|config_local_prefix)/.test(name),
  );
  const path = (process.env.PATH ?? "").split(delimiter).filter((part) => !part.startsWith(join(root, "node_modules")));
  return { ...Object.fromEntries(inherited), PATH: path.join(delimiter) };
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }> | undefined}
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * Runs a program in the foreground and forwards signals; resolves to its exit code (128 + n for signal n).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>}
 */
export async function run(command, args, options) {
  return (await runUntil(command, args, options, undefined)).code;
}

/**
 * As {@link run}, and also resolves to whether a signal asked it to stop.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @param {number | undefined} stopTimeoutMs how long after a stop request the program is killed; undefined: never
 * @returns {Promise<{ code: number, stopped: boolean }>}
 */
function runUntil(command, args, options, stopTimeoutMs) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  let stopped = false;
  /** @type {NodeJS.Timeout | undefined} */
  let force;
  const stopRequested = () => {
    stopped = true;
    if (stopTimeoutMs !== undefined) force ??= setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  };
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    stopRequested();
    child.kill(signal);
  };
  /** @type {Record<string, (signal: NodeJS.Signals) => void>} */
  const handlers = {
    // A terminal sends Ctrl-C to the whole process group, so the program gets it anyway. SIGTERM reaches this process only.
    SIGINT: process.stdin.isTTY ? stopRequested : forward,
    SIGTERM: forward,
    SIGHUP: forward,
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  // If npm is killed by SIGKILL, it forwards nothing, but this process then has another parent.
  const parent = process.ppid;
  const orphaned = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) forward("SIGTERM");
  }, 1_000);
  orphaned.unref();
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve({ code: code ?? 128 + (signal === "SIGINT" ? 2 : signal === "SIGKILL" ? 9 : 15), stopped }),
    );
  });
  return ended.finally(() => {
    clearTimeout(force);
    clearInterval(orphaned);
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  });
}
