import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { ConnectError, type Link, type LinkEnd, type LinkEvents, type Transport } from "../transport/transport.ts";
import type { Backoff } from "./backoff.ts";

export interface ConnectionOptions {
  readonly transport: Transport;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A connection that lasts this long resets the back-off. */
  readonly stableMs: number;
  readonly events: LinkEvents & {
    onConnecting(attempt: number): void;
    onUp(link: Link): void;
    onDown(end: LinkEnd): void;
    onWaiting(end: LinkEnd, delayMs: number): void;
  };
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #stopping = new AbortController();
  #link: Link | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  renew(): void {
    void this.#link?.close();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#link?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { backoff, events } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      events.onConnecting(backoff.failures + 1);
      const end = await this.#connectOnce(signal);
      if (signal.aborted) return;
      const delay = backoff.next(end);
      this.#logEnd(end, delay);
      events.onWaiting(end, delay);
      await this.#wait(delay, signal);
    }
  }

  async #connectOnce(signal: AbortSignal): Promise<LinkEnd> {
    const { transport, events, backoff, clock, stableMs } = this.#options;
    try {
      this.#link = await transport.connect(events, signal);
    } catch (error) {
      if (error instanceof ConnectError) return error.end;
      return { kind: "lost", reason: error instanceof Error ? error.message : String(error) };
    }
    // `stop` was called before the link was stored, so it could not close the link.
    if (signal.aborted) void this.#link.close();
    else events.onUp(this.#link);
    const from = clock.elapsed();
    const end = await this.#link.ended;
    this.#link = undefined;
    if (clock.elapsed() - from >= stableMs) backoff.reset();
    events.onDown(end);
    return end;
  }

  #logEnd(end: LinkEnd, delayMs: number): void {
    const { logger } = this.#options;
    const fields = { ...end, delayMs };
    if (end.kind === "credentials") logger.error(fields, "the gateway does not accept this device's credentials");
    else if (end.kind === "superseded") logger.warn(fields, "another connection of this device took over");
    else logger.info(fields, "not connected");
  }

  #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const cancel = this.#options.clock.after(milliseconds, done);
      const abort = () => {
        cancel();
        done();
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}
