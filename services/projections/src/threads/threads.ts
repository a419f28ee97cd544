import { randomUUID } from "node:crypto";
import { Worker } from "node:worker_threads";
import { FleetError, type Scope } from "@fleetlog/domain";
import type { ThreadName } from "../views/view.ts";
import type { KnownCounts, ThreadAnswer, ThreadData, ThreadQuery } from "./messages.ts";

/** Maximum of waiting queries; further queries fail at once. */
const MAX_WAITING = 512;
/** Milliseconds after which the caller has given up. */
const PATIENCE_MS = 15_000;
const HEAP_MB = 256;

export interface Asked {
  readonly query: string;
  readonly params: unknown;
  readonly scope: Scope | undefined;
  readonly answerBytes: number | undefined;
}

export type Serving = () => { readonly path: string; readonly counts: KnownCounts };

export class ThreadDamage extends Error {}

interface Waiting {
  readonly asked: Asked;
  readonly serving: Serving;
  readonly until: number;
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Threads that answer long queries from the views' file: one for lists and one for searches, so that searches do not delay
 * lists. A thread starts with its first query.
 */
export class QueryThreads {
  readonly #threads = new Map<ThreadName, QueryThread>();
  readonly #projector: string;
  #closed = false;

  constructor(projector: string) {
    this.#projector = projector;
  }

  /**
   * @throws FleetError of the query, or `view-unavailable` if too many queries wait
   * @throws {@link ThreadDamage}
   */
  answer(name: ThreadName, asked: Asked, serving: Serving): Promise<unknown> {
    if (this.#closed) return Promise.reject(stopped());
    let thread = this.#threads.get(name);
    if (thread === undefined) {
      thread = new QueryThread(`${this.#projector}.`);
      this.#threads.set(name, thread);
    }
    return thread.answer(asked, serving);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads.values()].map((thread) => thread.close()));
  }
}

class QueryThread {
  readonly #queue: Waiting[] = [];
  #worker: Worker | undefined;
  #current: Waiting | undefined;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  answer(asked: Asked, serving: Serving): Promise<unknown> {
    if (this.#queue.length >= MAX_WAITING) {
      const details = { retryAfterMs: 1_000 };
      return Promise.reject(new FleetError("view-unavailable", "too many long queries are waiting", details));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ asked, serving, until: performance.now() + PATIENCE_MS, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    for (const { reject } of this.#queue.splice(0)) reject(stopped());
    const worker = this.#worker;
    this.#worker = undefined;
    this.#failed(stopped());
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    this.#current = waiting;
    try {
      if (performance.now() > waiting.until) throw stopped();
      const query: ThreadQuery = { ...waiting.asked, ...waiting.serving() };
      this.#worker ??= this.#start();
      this.#worker.postMessage(query);
    } catch (error) {
      this.#failed(error);
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL("./thread.ts", import.meta.url), {
      name: "queries",
      workerData: { prefix: `${this.#prefix}${randomUUID().slice(0, 8)}-` } satisfies ThreadData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    worker.on("message", (answer: ThreadAnswer) => this.#answered(answer));
    worker.on("error", (error) => this.#ended(worker, error));
    worker.on("exit", () => this.#ended(worker));
    return worker;
  }

  #answered(answered: ThreadAnswer): void {
    const current = this.#current;
    this.#current = undefined;
    if ("answer" in answered) current?.resolve(answered.answer);
    else current?.reject(errorOf(answered));
    this.#next();
  }

  #ended(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const details = { retryAfterMs: 1_000, ...(cause !== undefined && { cause }) };
    this.#failed(new FleetError("view-unavailable", "the thread that answers long queries ended", details));
  }

  #failed(error: unknown): void {
    const current = this.#current;
    this.#current = undefined;
    current?.reject(error);
    this.#next();
  }
}

function errorOf(answered: Exclude<ThreadAnswer, { answer: unknown }>): Error {
  if ("refusal" in answered) {
    const { code, message, details } = answered.refusal;
    return new FleetError(code, message, details);
  }
  return answered.damaged ? new ThreadDamage(answered.failure) : new Error(answered.failure);
}

function stopped(): FleetError {
  return new FleetError("view-unavailable", "this projector has stopped answering queries", { retryAfterMs: 1_000 });
}
