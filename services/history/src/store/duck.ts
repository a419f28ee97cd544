import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { FleetError } from "@fleetlog/domain";

export type Cell = string | number | null;

export interface DuckOptions {
  /** Bytes. Larger work spills into `spill`. */
  readonly memory: number;
  readonly threads: number;
  readonly spill: string;
  /** Whether rows keep their order without ORDER BY, which costs memory and threads; default false. */
  readonly ordered?: boolean;
}

/** Bytes with which DuckDB writes and reads the history's files. With less, some statements fail. */
const LEAST_MEMORY = 100e6;

/** An in-memory DuckDB, which reads the history's files. */
export class Duck {
  readonly options: DuckOptions;
  readonly #instance: DuckDBInstance;
  /** Bytes that are not lent. */
  #own: number;
  #names = 0;

  private constructor(instance: DuckDBInstance, options: DuckOptions) {
    this.#instance = instance;
    this.options = options;
    this.#own = options.memory;
  }

  static async open(options: DuckOptions): Promise<Duck> {
    const { memory, threads, spill, ordered = false } = options;
    const settings = {
      memory_limit: `${memory}B`,
      threads: String(threads),
      temp_directory: spill,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      preserve_insertion_order: String(ordered),
    };
    return new Duck(await DuckDBInstance.create(":memory:", settings), options);
  }

  /**
   * Lends half of the memory to another DuckDB, until {@link takeBack}.
   *
   * @returns its bytes; undefined if too little is left, or statements use it
   */
  async lend(): Promise<number | undefined> {
    const half = Math.floor(this.options.memory / 2);
    if (half < LEAST_MEMORY || this.#own - half < LEAST_MEMORY) return undefined;
    this.#own -= half;
    if (await this.#limit()) return half;
    this.#own += half;
    return undefined;
  }

  /** Call when the other DuckDB is closed. */
  async takeBack(bytes: number): Promise<void> {
    this.#own += bytes;
    await this.#limit();
  }

  /** Limits DuckDB to the bytes that are not lent. False, and without effect, if statements use more. */
  async #limit(): Promise<boolean> {
    const connection = await this.#instance.connect();
    try {
      await connection.run(`SET memory_limit = '${this.#own}B'`);
      return true;
    } catch {
      return false;
    } finally {
      connection.closeSync();
    }
  }

  /** A name that no other table or schema has. */
  newName(what: string): string {
    return `${what}${++this.#names}`;
  }

  async connect(): Promise<DuckSession> {
    return new DuckSession(await this.#instance.connect());
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** A connection. Its statements run one after another. */
export class DuckSession {
  readonly #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  run(sql: string): Promise<void> {
    return this.#next(async () => {
      await this.#connection.run(sql);
    });
  }

  /** Whole numbers become numbers, which are exact up to 2^53. */
  all<Row>(sql: string, ...values: readonly (string | number)[]): Promise<Row[]> {
    return this.#next(async () => {
      const statement = await this.#connection.prepare(sql);
      try {
        for (const [i, value] of values.entries()) {
          if (typeof value === "string") statement.bindVarchar(i + 1, value);
          else if (Number.isInteger(value)) statement.bindBigInt(i + 1, BigInt(value));
          else statement.bindDouble(i + 1, value);
        }
        const reader = await statement.runAndReadAll();
        const names = reader.columnNames();
        return reader.getRows().map((cells) => rowOf<Row>(names, cells));
      } finally {
        statement.destroySync();
      }
    });
  }

  /** Gives rows as they are made, some thousand at a time. Until the end, the connection runs no other statement. */
  async *stream<Row>(sql: string): AsyncGenerator<Row[]> {
    const result = await this.#next(() => this.#connection.stream(sql));
    const names = result.columnNames();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows().map((cells) => rowOf<Row>(names, cells));
    }
  }

  /**
   * Ends the task's statement after some milliseconds.
   *
   * @throws FleetError `query-limit`; errors of the task
   */
  async within<T>(ms: number, task: () => Promise<T>): Promise<T> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.#connection.interrupt();
    }, ms);
    try {
      return await task();
    } catch (error) {
      if (!isOver) throw error;
      throw new FleetError("query-limit", `the answer would take longer than ${Math.ceil(ms / 1_000)} seconds`, {
        advice: "Ask about a shorter time.",
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the statement that runs; its promise rejects. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  appender(table: string): Promise<DuckDBAppender> {
    return this.#next(() => this.#connection.createAppender(table));
  }

  close(): void {
    this.#connection.closeSync();
  }

  #next<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => {});
    return result;
  }
}

function rowOf<Row>(names: readonly string[], cells: readonly unknown[]): Row {
  return Object.fromEntries(names.map((name, i) => [name, plain(cells[i])])) as Row;
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
