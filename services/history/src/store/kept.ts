/** Tables in DuckDB. */
export interface Droppable {
  readonly rows: number;
  close(): Promise<void>;
}

interface Cached<T> {
  readonly tables: Promise<T>;
  users: number;
}

/** Tables that were used last. The least recently used are dropped first, never while a query reads them. */
export class Kept<T extends Droppable> {
  readonly #most: { readonly count: number; readonly rows: number };
  readonly #cached = new Map<string, Cached<T>>();

  constructor(most: { readonly count: number; readonly rows: number }) {
    this.#most = most;
  }

  async use<R>(key: string, open: () => Promise<T>, task: (tables: T) => Promise<R>): Promise<R> {
    const cached = this.#cached.get(key) ?? { tables: open(), users: 0 };
    this.#cached.delete(key);
    this.#cached.set(key, cached);
    cached.users += 1;
    try {
      return await task(await cached.tables);
    } catch (error) {
      // Tables that may be incomplete are not kept.
      if (this.#cached.get(key) === cached && (await isBroken(cached))) this.#cached.delete(key);
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

  async #dropOldest(): Promise<void> {
    for (;;) {
      let rows = 0;
      for (const { tables } of this.#cached.values()) rows += (await tables).rows;
      if (this.#cached.size <= this.#most.count && rows <= this.#most.rows) return;
      const oldest = [...this.#cached].find(([, { users }]) => users === 0);
      if (oldest === undefined) return;
      const [key, { tables }] = oldest;
      this.#cached.delete(key);
      await (await tables).close();
    }
  }
}

async function isBroken<T>({ tables }: Cached<T>): Promise<boolean> {
  return await tables.then(
    () => false,
    () => true,
  );
}
