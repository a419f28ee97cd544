import type { EventLog, LogStatus } from "@fleetlog/log";
import type { FeedLog } from "@fleetlog/protocol";
import type { LogPing } from "./log-ping.ts";

/** `hung`: the connection is open, but the server does not answer. */
export type LogState = LogStatus | "hung";

/** State of the log, from its connection and its answers to pings. */
export class LogHealth {
  readonly #log: Pick<EventLog, "status" | "onStatus">;
  readonly #ping: Pick<LogPing, "answers" | "onChange">;
  readonly #clock: () => number;
  readonly #listeners = new Set<(log: FeedLog) => void>();
  readonly #ends: readonly (() => void)[];
  #current: FeedLog;

  /** @param clock milliseconds since 1970 */
  constructor(
    log: Pick<EventLog, "status" | "onStatus">,
    ping: Pick<LogPing, "answers" | "onChange">,
    clock: () => number,
  ) {
    this.#log = log;
    this.#ping = ping;
    this.#clock = clock;
    this.#current = { state: this.#now(), since: this.#time() };
    this.#ends = [log.onStatus(this.#update), ping.onChange(this.#update)];
  }

  get state(): LogState {
    return this.#current.state;
  }

  get current(): FeedLog {
    return this.#current;
  }

  onChange(listener: (log: FeedLog) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  readonly #update = (): void => {
    const { state: before, since } = this.#current;
    const state = this.#now();
    if (state === before) return;
    // A log that hangs and then loses its connection has been unreachable since it hung.
    const isSameOutage = isUnreachable(before) && isUnreachable(state);
    this.#current = { state, since: isSameOutage ? since : this.#time() };
    for (const listener of [...this.#listeners]) listener(this.#current);
  };

  #now(): LogState {
    const { status } = this.#log;
    return status === "ready" && !this.#ping.answers ? "hung" : status;
  }

  #time(): string {
    return new Date(this.#clock()).toISOString();
  }
}

function isUnreachable(state: LogState): boolean {
  return state === "away" || state === "hung";
}
