import type { OpenedReplay, ReplayedLine } from "@fleetlog/fleet";
import type { ReplayHead } from "@fleetlog/protocol";
import type { Start } from "../http/resources/history/replays/request.ts";

export type OpenReplay = (start: Start, signal: AbortSignal) => Promise<OpenedReplay>;

/** Rejects calls that wait for an event when reading is stopped. */
export class Stopped extends Error {}

/** Reads the events of a span, one ahead. After a stop, it continues after the last event that was taken. */
export class ReplayReader {
  readonly #open: OpenReplay;
  #start: Start;
  #abort = new AbortController();
  #opened: OpenedReplay | undefined;
  /** Read, but not taken; null: there are no more. */
  #next: ReplayedLine | null | undefined;

  constructor(open: OpenReplay, start: Start) {
    this.#open = open;
    this.#start = start;
  }

  /** @throws Stopped; errors of the historian */
  async head(): Promise<ReplayHead> {
    if (this.#opened === undefined) {
      const opened = await this.#unlessStopped((signal) => this.#open(this.#start, signal));
      this.#opened = opened;
      this.#start = { from: this.#start.from, after: this.#start.after ?? opened.head.place };
    }
    return this.#opened.head;
  }

  /**
   * The next event, the same again until it is taken. Null: there are no more.
   *
   * @throws Stopped; errors of the historian
   */
  async peek(): Promise<ReplayedLine | null> {
    if (this.#next !== undefined) return this.#next;
    await this.head();
    const lines = this.#opened?.lines;
    if (lines === undefined) throw new Stopped();
    const { value, done } = await this.#unlessStopped(() => lines.next());
    this.#next = done === true ? null : value;
    return this.#next;
  }

  take(): void {
    const line = this.#next;
    if (line === undefined || line === null) return;
    this.#next = undefined;
    const { from, after = { FLEET: 0, TELEMETRY: 0 } } = this.#start;
    this.#start = { from, after: { ...after, [line.stream]: line.seq } };
  }

  /** Cancels the historian's answer. */
  stop(): void {
    this.#abort.abort(new Stopped());
    void this.#opened?.lines.return().catch(() => {});
    this.#abort = new AbortController();
    this.#opened = undefined;
    this.#next = undefined;
  }

  moveTo(from: string | number): void {
    this.stop();
    this.#start = { from };
  }

  async #unlessStopped<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#abort;
    try {
      const found = await read(signal);
      if (!signal.aborted) return found;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    throw new Stopped();
  }
}
