// Runs on any Node from 20 on, before anything is installed: no dependency, no TypeScript.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** npm takes back what it has done before it ends, for half a minute; the next install begins anew anyway. */
const NPM_PATIENCE_MS = 3_000;

/**
 * Says why the installed packages can't be used as they are, or undefined when they match the lock file. Contents are
 * compared and not times, so that a fresh checkout, an interrupted install and a changed lock file are all seen.
 * @param {string} root the folder of package-lock.json
 * @returns {string | undefined}
 */
export function whyInstall(root) {
  const installed = lockedPackages(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) return "packages are not installed yet";
  const wanted = lockedPackages(join(root, "package-lock.json"));
  if (wanted === undefined)
    throw new Error(`${root} has no readable package-lock.json; get it back from version control`);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "" || !path.startsWith("node_modules/")) continue;
    const there = installed[path];
    if (there === undefined ? !(entry.optional || entry.devOptional) : there.version !== entry.version)
      return "the lock file has changed";
  }
  return existsSync(node24(root)) ? undefined : "Node 24 is not installed yet";
}

/**
 * The Node 24 that comes with the packages.
 * @param {string} root
 */
export function node24(root) {
  return join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
}

/**
 * Installs what the lock file says, and shows npm's own output.
 * @param {string} root
 */
export async function install(root) {
  const [command, ...args] = npm();
  const options = { cwd: root, env: cleanEnvironment(root) };
  const ci = [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, stopped } = await runUntil(String(command), ci, options, NPM_PATIENCE_MS).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(
      "npm was not found, and it is what installs the packages. It comes with Node from https://nodejs.org; " +
        "where your system has it as a package of its own: sudo apt-get install npm",
    );
  });
  if (stopped) throw new Error("\nStopped while packages were being installed; the next start installs them.");
  if (code !== 0) throw new Error(`npm ci ended with code ${code}; what it said is above`);
  if (!existsSync(node24(root))) {
    throw new Error("npm ci did not install Node 24: allow the install script of package node, then run npm ci again");
  }
}

/** npm itself, as it was started, or the one on the PATH. */
function npm() {
  const own = process.env.npm_execpath;
  return own?.endsWith("npm-cli.js") ? [process.execPath, own] : ["npm"];
}

/**
 * npm ci replaces node_modules: neither its programs nor the settings of the npm that runs us may leak into it.
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
 * Runs a program in the foreground and passes signals on; resolves to its exit code (128 + n for signal n).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>}
 */
export async function run(command, args, options) {
  return (await runUntil(command, args, options, undefined)).code;
}

/**
 * As {@link run}, and says whether it was asked to stop.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @param {number | undefined} patienceMs how long it may take to stop when asked to; for ever unless given
 * @returns {Promise<{ code: number, stopped: boolean }>}
 */
function runUntil(command, args, options, patienceMs) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  let stopped = false;
  /** @type {NodeJS.Timeout | undefined} */
  let force;
  const asked = () => {
    stopped = true;
    if (patienceMs !== undefined) force ??= setTimeout(() => child.kill("SIGKILL"), patienceMs);
  };
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    asked();
    child.kill(signal);
  };
  /** @type {Record<string, (signal: NodeJS.Signals) => void>} */
  const handlers = {
    // A terminal sends Ctrl-C to the whole group: passing it on would make it two. SIGTERM reaches this process alone.
    SIGINT: process.stdin.isTTY ? asked : pass,
    SIGTERM: pass,
    SIGHUP: pass,
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  // npm killed outright passes no signal on; its child finds itself with another parent.
  const parent = process.ppid;
  const orphaned = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) pass("SIGTERM");
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
