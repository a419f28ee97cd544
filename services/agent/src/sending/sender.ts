import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { type Link, Refusal } from "../transport/transport.ts";
import type { Parcel, Source } from "./source.ts";

export interface SenderOptions {
  /** In the order of their importance. */
  readonly sources: readonly Source[];
  /** Messages in flight at most. */
  readonly window: number;
  /** Bytes in flight after which no other message follows: what a slow link can't carry off in time helps nobody. */
  readonly windowBytes: number;
  /** Pause after a refusal that is not for ever and gives no time of its own; doubles with each up to sixty times it. */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the window full of what its sources have, the most important first. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #inFlight = new Map<Parcel, Source>();
  #link: Link | undefined;
  #window = 1;
  #bytes = 0;
  #pauses = 0;
  #endPause: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  attach(link: Link): void {
    this.#link = link;
    this.#window = Math.max(1, Math.min(this.#options.window, link.window ?? Number.POSITIVE_INFINITY));
    this.#pauses = 0;
    for (const source of this.#options.sources) source.reconnected?.();
    this.pump();
  }

  /** The connection has ended: what was in flight is unsettled. */
  detach(): void {
    this.#link = undefined;
    this.#endPause?.();
    this.#endPause = undefined;
    const parcels = [...this.#inFlight.keys()];
    this.#inFlight.clear();
    this.#bytes = 0;
    for (const parcel of parcels) parcel.unsettled();
    this.#tellIdle();
  }

  /** To be called whenever a source may have something new. */
  pump(): void {
    while (this.#link !== undefined && this.#endPause === undefined) {
      const [source, parcel] = this.#take();
      if (source === undefined || parcel === undefined) break;
      this.#inFlight.set(parcel, source);
      this.#bytes += parcel.bytes;
      void this.#send(this.#link, parcel);
    }
    this.#tellIdle();
  }

  /** Resolves when everything is acknowledged, or there is no connection to send it by. */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #take(): [Source, Parcel] | [] {
    const { sources, windowBytes } = this.#options;
    if (this.#inFlight.size >= this.#window || this.#bytes >= windowBytes) return [];
    for (const source of sources) {
      const isHalfFull = this.#countOf(source) >= Math.max(1, this.#window / 2) || this.#bytes >= windowBytes / 2;
      if (source.share === "half" && isHalfFull) continue;
      const parcel = source.take();
      if (parcel !== undefined) return [source, parcel];
    }
    return [];
  }

  #countOf(source: Source): number {
    let count = 0;
    for (const other of this.#inFlight.values()) if (other === source) count += 1;
    return count;
  }

  async #send(link: Link, parcel: Parcel): Promise<void> {
    let error: unknown;
    try {
      await link.send(parcel.message);
    } catch (thrown) {
      error = thrown ?? new Error("not sent");
    }
    // After a detach its fate has been told already, whatever came since.
    if (!this.#inFlight.delete(parcel)) return;
    this.#bytes -= parcel.bytes;
    if (error === undefined) {
      this.#pauses = 0;
      parcel.acknowledged();
    } else if (!(error instanceof Refusal)) {
      parcel.unsettled();
      this.#giveUp(link);
    } else if (error.permanent) parcel.refused(error);
    else {
      parcel.unsettled();
      this.#pause(error);
    }
    this.pump();
  }

  /** A message was lost on it: nothing more goes into a connection that is ending, and it ends now. */
  #giveUp(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    link.cut();
  }

  /** Refused for now: not again at once, or it would go round and round. */
  #pause(error: Refusal): void {
    if (this.#endPause !== undefined || this.#link === undefined) return;
    const { pauseMs, clock, logger } = this.#options;
    const own = pauseMs * Math.min(60, 2 ** this.#pauses);
    const delayMs = error.retryAfterMs ?? own;
    this.#pauses += 1;
    logger.warn({ code: error.code, reason: error.message, delayMs }, "the gateway does not take messages now");
    this.#endPause = clock.after(delayMs, () => {
      this.#endPause = undefined;
      this.pump();
    });
  }

  get #isIdle(): boolean {
    return this.#link === undefined || (this.#inFlight.size === 0 && this.#options.sources.every(({ empty }) => empty));
  }

  #tellIdle(): void {
    if (this.#idle.length === 0 || !this.#isIdle) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}
