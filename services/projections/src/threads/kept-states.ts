import { statSync } from "node:fs";
import type { Projection } from "../projection.ts";
import type { KnownCounts } from "./messages.ts";
import { ReadConnection } from "./read-connection.ts";

/** Limits of kept states. */
export interface KeptLimits {
  readonly states: number;
  /** Milliseconds since the last page was read, after which a state is dropped. */
  readonly idleMs: number;
  readonly ageMs: number;
  /**
   * Beyond this size of the write-ahead log all states are released, because SQLite cannot reuse the log during older
   * reads. The limit must be more than the 64 MiB that the log may keep without readers.
   */
  readonly walBytes: number;
}

export const KEPT_LIMITS: KeptLimits = { states: 16, idleMs: 120_000, ageMs: 900_000, walBytes: 192 * 1024 * 1024 };
const CHECK_EVERY_MS = 250;

interface Kept {
  readonly connection: ReadConnection;
  readonly since: number;
  usedAt: number;
  continued: boolean;
}

/** States of the rows for later pages of lists, each an open read transaction. */
export class KeptStates {
  readonly #projections: readonly Projection[];
  readonly #limits: KeptLimits;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #free: ReadConnection[] = [];
  readonly #prefix: string;
  #path = "";
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    projections: readonly Projection[],
    prefix: string,
    limits: KeptLimits = KEPT_LIMITS,
    now: () => number = () => performance.now(),
  ) {
    this.#projections = projections;
    this.#prefix = prefix;
    this.#limits = limits;
    this.#now = now;
  }

  get size(): number {
    return this.#kept.size;
  }

  read<T>(path: string, name: string | undefined, known: KnownCounts, answer: (rows: ReadConnection) => T): T {
    if (path !== this.#path) this.#moveTo(path);
    const kept = name === undefined ? undefined : this.#kept.get(name);
    if (kept !== undefined) {
      kept.usedAt = this.#now();
      kept.continued = true;
      return answer(kept.connection);
    }
    const connection = this.#free.pop() ?? new ReadConnection(path, this.#projections);
    try {
      connection.begin(known);
      connection.onKeep = () => this.#keep(connection);
      return answer(connection);
    } catch (error) {
      this.#forget(connection);
      throw error;
    } finally {
      if (connection.keptAs === undefined) this.#release(connection);
    }
  }

  check(): void {
    const now = this.#now();
    const { idleMs, ageMs, walBytes } = this.#limits;
    const isLarge = walSize(this.#path) > walBytes;
    for (const [name, { since, usedAt }] of this.#kept) {
      if (isLarge || now - usedAt > idleMs || now - since > ageMs) this.#drop(name);
    }
    if (this.#kept.size > 0 || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const name of [...this.#kept.keys()]) this.#drop(name);
    for (const connection of this.#free.splice(0)) connection.close();
  }

  #keep(connection: ReadConnection): string {
    while (this.#kept.size >= this.#limits.states) this.#drop(this.#leastWanted());
    const name = `${this.#prefix}${++this.#count}`;
    const now = this.#now();
    this.#kept.set(name, { connection, since: now, usedAt: now, continued: false });
    this.#timer ??= setInterval(() => this.check(), CHECK_EVERY_MS).unref();
    return name;
  }

  /** A state of which only the first page was read, otherwise the least recently used state. */
  #leastWanted(): string {
    const [[name] = [""]] = [...this.#kept].sort(
      ([, a], [, b]) => Number(a.continued) - Number(b.continued) || a.usedAt - b.usedAt,
    );
    return name;
  }

  #drop(name: string): void {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    if (kept !== undefined) this.#release(kept.connection);
  }

  #forget(connection: ReadConnection): void {
    if (connection.keptAs !== undefined) this.#kept.delete(connection.keptAs);
    connection.keptAs = undefined;
  }

  #release(connection: ReadConnection): void {
    connection.end();
    if (connection.path === this.#path && this.#free.length < 2) this.#free.push(connection);
    else connection.close();
  }

  #moveTo(path: string): void {
    this.close();
    this.#path = path;
  }
}

function walSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
