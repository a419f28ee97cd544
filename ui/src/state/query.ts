import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type ApiError, asApiError, isAbort } from "../data/problem.ts";
import { Retry } from "./retry.ts";

export interface QueryOptions<A, T> {
  /** Arguments from the host's properties; undefined: load nothing. */
  readonly args: () => A | undefined;
  readonly load: (args: A, signal: AbortSignal) => Promise<T>;
  /** Keeps the last answer while other arguments load. */
  readonly keep?: boolean | (() => boolean);
  readonly loaded?: (data: T) => void;
}

/**
 * Loads data for its host whenever the arguments change, and retries while the gateway or its views are unavailable.
 * Keeps the last answer during a reload and after a failed reload.
 */
export class Query<A, T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #options: QueryOptions<A, T>;
  /** The current arguments as JSON; undefined: nothing to load. */
  #key: string | undefined;
  #running: AbortController | undefined;
  #again = false;
  readonly #retry = new Retry(() => this.reload());
  #isGone = false;
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

  /** Error of the last attempt; any `data` is then out of date. */
  get error(): ApiError | undefined {
    return this.#error;
  }

  get loading(): boolean {
    return this.#running !== undefined;
  }

  hostConnected(): void {
    this.#isGone = false;
  }

  hostUpdate(): void {
    // An update that was requested before the disconnection may run after it.
    if (this.#isGone) return;
    const args = this.#options.args();
    const key = args === undefined ? undefined : JSON.stringify(args);
    if (key === this.#key) return;
    this.#key = key;
    this.#abort();
    this.#error = undefined;
    const { keep = false } = this.#options;
    const isKept = typeof keep === "function" ? keep() : keep;
    if (!isKept || key === undefined) this.#data = undefined;
    if (args !== undefined) void this.#load(args);
  }

  hostDisconnected(): void {
    this.#isGone = true;
    this.#abort();
    // The data may be out of date when the host comes back.
    this.#key = undefined;
  }

  /** A running load may have missed the change, so another load follows it. */
  reload(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    const args = this.#options.args();
    if (this.#key !== undefined && args !== undefined) void this.#load(args);
  }

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
