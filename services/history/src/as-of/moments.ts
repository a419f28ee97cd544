import type { Duck } from "../store/duck.ts";
import { MomentTables, type Source } from "./moment-tables.ts";

interface Cached {
  readonly tables: Promise<MomentTables>;
  users: number;
}

/** Tables of the moments asked last. The least recently used are dropped first, never while a query reads them. */
export class Moments {
  readonly #duck: Duck;
  readonly #most: { readonly moments: number; readonly rows: number };
  readonly #cached = new Map<number, Cached>();

  constructor(duck: Duck, most: { readonly moments: number; readonly rows: number }) {
    this.#duck = duck;
    this.#most = most;
  }

  get size(): number {
    return this.#cached.size;
  }

  async use<T>(
    seq: number,
    sources: () => Promise<ReadonlyMap<string, Source>>,
    task: (tables: MomentTables) => Promise<T>,
  ): Promise<T> {
    const cached = this.#cached.get(seq) ?? { tables: this.#open(sources), users: 0 };
    this.#cached.delete(seq);
    this.#cached.set(seq, cached);
    cached.users += 1;
    try {
      return await task(await cached.tables);
    } catch (error) {
      // Nothing is kept of a moment whose tables may be incomplete.
      if (this.#cached.get(seq) === cached && (await isBroken(cached))) this.#cached.delete(seq);
      throw error;
    } finally {
      cached.users -= 1;
      await this.#dropOldest();
    }
  }

  async close(): Promise<void> {
    const all = [...this.#cached.values()];
    this.#cached.clear();
    for (const { tables } of all) await (await tables).close();
  }

  async #open(sources: () => Promise<ReadonlyMap<string, Source>>): Promise<MomentTables> {
    return await MomentTables.open(this.#duck, this.#duck.newName("moment"), await sources());
  }

  async #dropOldest(): Promise<void> {
    for (;;) {
      let rows = 0;
      for (const { tables } of this.#cached.values()) rows += (await tables).rows;
      if (this.#cached.size <= this.#most.moments && rows <= this.#most.rows) return;
      const oldest = [...this.#cached].find(([, { users }]) => users === 0);
      if (oldest === undefined) return;
      const [seq, { tables }] = oldest;
      this.#cached.delete(seq);
      await (await tables).close();
    }
  }
}

async function isBroken({ tables }: Cached): Promise<boolean> {
  return await tables.then(
    () => false,
    () => true,
  );
}
