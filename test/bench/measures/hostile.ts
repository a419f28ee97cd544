import { setTimeout } from "node:timers/promises";
import type { Histogram } from "@fleetlog/simulators/load";
import type { Api } from "../../support/api.ts";
import { startStack } from "../../support/stack.ts";
import { CommandLoad, RATE } from "../command-load.ts";
import { UNLIMITED } from "../devices.ts";
import { type Measure, median } from "../measure.ts";

/** A statement with a large answer, requested as text. Sending the answer takes most of the time. */
const LARGE_ANSWER = "SELECT range, repeat('x', 200) AS text FROM range(300000)";
/** Statements that do not end by themselves: a limit of time or memory ends them, or the caller's time-out. */
const STATEMENTS = {
  "an endless join": "SELECT count(*) FROM events a, events b, events c WHERE a.id || b.id <> c.id",
  "an endless count": "SELECT count(*) FROM range(1000000000000)",
  "a sort larger than its memory": "SELECT md5(CAST(range AS VARCHAR)) AS h FROM range(50000000) ORDER BY h",
  "a list larger than its memory":
    "SELECT length(list(repeat(CAST(range AS VARCHAR), 100))::VARCHAR) FROM range(1000000000)",
} as const;
const PROJECTIONS = {
  "a projection that loops": "function evolve() { for (;;); }",
  "a projection that eats memory": "let all = []; function evolve() { for (;;) all.push(new Array(1000).fill(7)); }",
} as const;
/** Shorter than the default, so that many processes are ended and started in a short measure. */
const SQL_TIME = "3s";

/**
 * Measures commands while an analyst runs statements one by one and, beside them, trials one by one, most of them beyond
 * the limits.
 *
 * One stall of a disk or a long garbage collection decides the 99th percentile of a few seconds. So there are many short
 * phases, half of the rounds begin with the analyst, and the median of the phases counts.
 */
export const hostile: Measure = {
  name: "hostile analyst",
  async run({ quick, progress }) {
    const [rounds, seconds] = quick ? [2, 4] : [12, 5];
    const defaults = { FLEETLOG_HISTORY_SQL_PRIORITY: "idle", FLEETLOG_HISTORY_NICENESS: "5" };
    const env = { ...UNLIMITED, ...defaults, FLEETLOG_HISTORY_SQL_TIME: SQL_TIME };
    await using stack = await startStack({ historians: 1, env });
    await using load = await CommandLoad.connect(stack, progress);
    const analyst = new Analyst(stack.api);
    const alone: Histogram[] = [];
    const beside: Histogram[] = [];
    const phases = [
      async () => alone.push(await load.roundTrips(seconds)),
      async () => {
        analyst.begin();
        await setTimeout(500);
        beside.push(await load.roundTrips(seconds));
        await analyst.end();
      },
    ];
    progress(
      `${rounds} rounds of ${RATE} commands a second, for ${seconds} s alone and for ${seconds} s beside the analyst`,
    );
    for (let round = 1; round <= rounds; round++) {
      for (const phase of round % 2 === 1 ? phases : phases.toReversed()) await phase();
      const [before, then] = [alone, beside].map((of) => of.at(-1)?.quantile(0.99).toFixed(1));
      progress(`round ${round}: p99 ${before} ms alone, ${then} ms beside the analyst`);
    }
    for (const [what, count] of analyst.ended) progress(`${what}: ${count} times`);
    const quantile = (of: readonly Histogram[], q: number) => median(of.map((latency) => latency.quantile(q)));
    return [0.5, 0.99].map((q) => ({
      name: `command round trip at ${RATE}/s beside a hostile analyst, p${q * 100}`,
      value: quantile(beside, q),
      unit: "ms",
      reference: { name: "alone", value: quantile(alone, q) },
      ...(q === 0.99 && { goal: { atMost: 1.2 } }),
    }));
  },
};

class Analyst {
  /** How often each attempt was ended. */
  readonly ended = new Map<string, number>();
  readonly #api: Api;
  // A round goes on where the one before it ended: not all attempts fit into one.
  readonly #statements = inTurn(Object.entries({ ...STATEMENTS, "a large answer": LARGE_ANSWER }));
  readonly #projections = inTurn(Object.entries(PROJECTIONS));
  #running: Promise<void>[] = [];
  #stopped = new AbortController();

  constructor(api: Api) {
    this.#api = api;
  }

  begin(): void {
    this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    this.#running = [
      this.#oneAfterTheOther(this.#statements, signal, (sql) =>
        sql === LARGE_ANSWER ? this.#read(sql, signal) : this.#query(sql),
      ),
      this.#oneAfterTheOther(this.#projections, signal, (code) => this.#try(code)),
    ];
    // `end` reports errors. These handlers only keep Node from ending because of an unhandled rejection.
    for (const running of this.#running) running.catch(() => {});
  }

  async end(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  async #oneAfterTheOther(
    attempts: Generator<readonly [what: string, text: string], never>,
    signal: AbortSignal,
    attempt: (text: string) => Promise<void>,
  ): Promise<void> {
    while (!signal.aborted) {
      const [what, text] = attempts.next().value;
      await attempt(text);
      this.ended.set(what, (this.ended.get(what) ?? 0) + 1);
    }
  }

  /** Reads an answer, and keeps nothing of it. @throws Error if the statement fails */
  async #read(sql: string, signal: AbortSignal): Promise<void> {
    const headers = {
      authorization: `Bearer ${this.#api.token}`,
      "content-type": "application/json",
      accept: "text/csv",
    };
    const body = JSON.stringify({ sql, limit: 1_000_000 });
    try {
      const response = await fetch(`${this.#api.url}/api/history/query`, { method: "POST", headers, body, signal });
      // On a busy machine, the time limit ends the statement: 422.
      if (response.status !== 200 && response.status !== 422)
        throw new Error(`${sql} was answered ${response.status}: ${await response.text()}`);
      for await (const _ of response.body ?? []);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  /** @throws Error if the statement is not ended by a limit */
  async #query(sql: string): Promise<void> {
    const { status, body } = await this.#api.call("POST", "/api/history/query", { sql });
    if (status !== 422) throw new Error(`${sql} was answered ${status}: ${JSON.stringify(body)}`);
  }

  async #try(code: string): Promise<void> {
    const made = await this.#api.call<{ readonly id: string }>("POST", "/api/history/trials", { projection: { code } });
    if (made.status !== 202) throw new Error(`a trial was answered ${made.status}: ${JSON.stringify(made.body)}`);
    const path = `/api/history/trials/${made.body.id}`;
    for (let state = "running"; state === "running"; await setTimeout(200)) {
      state = (await this.#api.call<{ readonly state: string }>("GET", path)).body.state;
      if (state === "done") throw new Error(`${code} was not ended`);
    }
    await this.#api.call("DELETE", path);
  }
}

function* inTurn<T>(all: readonly T[]): Generator<T, never> {
  for (;;) yield* all;
}
