import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type ApiError, asApiError, isAbort } from "../data/problem.ts";
import { Retry } from "./retry.ts";

export interface QueryOptions<A, T> {
  /** What to load, as it follows from the host's properties; undefined: nothing for now. */
  readonly args: () => A | undefined;
  readonly load: (args: A, signal: AbortSignal) => Promise<T>;
  /** Keep showing the last answer while one for other arguments loads. */
  readonly keep?: boolean;
  readonly loaded?: (data: T) => void;
}

/**
 * What a page shows of the gateway's data: loads whenever its arguments change, keeps the last answer while it is
 * loaded again and when that fails, tries again by itself where the gateway or its views are away, and ends with its host.
 */
export class Query<A, T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #options: QueryOptions<A, T>;
  /** The present arguments as JSON; undefined: nothing is asked for. */
  #key: string | undefined;
  #running: AbortController | undefined;
  #again = false;
  readonly #retry = new Retry(() => this.reload());
  #data: T | undefined;
  #error: ApiError | undefined;

  constructor(host: ReactiveControllerHost, options: QueryOptions<A, T>) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  get data(): T | undefined {
    return this.#data;
  }

  /** Of the last attempt; `data` may stand beside it, and is old then. */
  get error(): ApiError | undefined {
    return this.#error;
  }

  get loading(): boolean {
    return this.#running !== undefined;
  }

  hostUpdate(): void {
    const args = this.#options.args();
    const key = args === undefined ? undefined : JSON.stringify(args);
    if (key === this.#key) return;
    this.#key = key;
    this.#abort();
    this.#error = undefined;
    if (!this.#options.keep || key === undefined) this.#data = undefined;
    if (args !== undefined) void this.#load(args);
  }

  hostDisconnected(): void {
    this.#abort();
    // Comes back as new: what it showed may be old by then.
    this.#key = undefined;
  }

  /** Loads again. While it loads already, once more after that, since what changed may have come too late for it. */
  reload(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    const args = this.#options.args();
    if (this.#key !== undefined && args !== undefined) void this.#load(args);
  }

  /** Shows this until the next answer: what a call that changed something has answered with. */
  set(data: T): void {
    this.#data = data;
    this.#host.requestUpdate();
  }

  async #load(args: A): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    this.#again = false;
    this.#host.requestUpdate();
    try {
      const data = await this.#options.load(args, running.signal);
      if (this.#running !== running) return;
      this.#data = data;
      this.#error = undefined;
      this.#retry.stop();
      this.#options.loaded?.(data);
    } catch (thrown) {
      if (this.#running !== running || isAbort(thrown)) return;
      this.#error = asApiError(thrown);
      this.#retry.failed(this.#error);
    }
    this.#running = undefined;
    this.#host.requestUpdate();
    if (this.#again) this.reload();
  }

  #abort(): void {
    this.#retry.stop();
    this.#running?.abort();
    this.#running = undefined;
    this.#again = false;
  }
}
