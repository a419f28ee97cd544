import type { EventLog, LogStatus } from "@fleetlog/log";
import type { FeedLog } from "@fleetlog/protocol";
import type { LogPing } from "./log-ping.ts";

/** `hung`: it keeps its connections and answers nothing. */
export type LogState = LogStatus | "hung";

/** How the log is, by its connection and by its answers, and since when. */
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
    this.#ends = [log.onStatus(this.#look), ping.onChange(this.#look)];
  }

  get state(): LogState {
    return this.#current.state;
  }

  /** As browsers are told. */
  get told(): FeedLog {
    return this.#current;
  }

  /** Calls back on every change; returns the way to stop it. */
  onChange(listener: (log: FeedLog) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  readonly #look = (): void => {
    const { state: before, since } = this.#current;
    const state = this.#now();
    if (state === before) return;
    // One that hangs and then loses its connections is gone since it hung.
    const still = unreached(before) && unreached(state);
    this.#current = { state, since: still ? since : this.#time() };
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

function unreached(state: LogState): boolean {
  return state === "away" || state === "hung";
}
