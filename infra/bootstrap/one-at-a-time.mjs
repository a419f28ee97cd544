// Runs on any Node from 20 on, before anything is installed: no dependency, no TypeScript.
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** How often the holder renews the time of the lock file, and how often others look at it. */
const RENEW_MS = 1_000;
/** A lock whose time is older belongs to a process that was killed. */
const ABANDONED_MS = 15_000;

/**
 * Does some work while no other process of this folder does the same work: others wait for its end. Node has no locks of
 * files, so the holder renews the time of a file.
 * @template T
 * @param {string} file the lock file; it exists while the work is being done
 * @param {() => void} onWait called once if another process has to be waited for
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} what the work resolves to
 * @throws what the work throws; the system's error if the file can't be written
 */
export async function oneAtATime(file, onWait, work) {
  const owner = randomUUID();
  for (let waited = false; !(await acquire(file, owner)); waited = true) {
    if (!waited) onWait();
    await pause(RENEW_MS);
  }
  const renewal = setInterval(() => renew(file), RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if (isOwner(file, owner)) rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {string} owner
 */
async function acquire(file, owner) {
  if (create(file, owner)) return true;
  const age = ageOf(file);
  if (age === undefined || age < ABANDONED_MS) return false;
  rmSync(file, { force: true });
  if (!create(file, owner)) return false;
  // Another process may have found the same abandoned file, and have removed ours in its place.
  await pause(RENEW_MS);
  return isOwner(file, owner);
}

/**
 * @param {string} file
 * @param {string} owner
 */
function create(file, owner) {
  try {
    writeFileSync(file, owner, { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Milliseconds since the lock was renewed; undefined if it is gone.
 * @param {string} file
 */
function ageOf(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && Date.now() - stat.mtimeMs;
}

/** @param {string} file */
function renew(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody has removed the file. The work goes on: it can't be taken back.
  }
}

/**
 * @param {string} file
 * @param {string} owner
 */
function isOwner(file, owner) {
  try {
    return readFileSync(file, "utf8") === owner;
  } catch {
    return false;
  }
}
