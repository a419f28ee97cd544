import { pauseAfter } from "@fleetlog/runtime";
import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { type Link, Refusal } from "../transport/transport.ts";
import type { Delivery, MessageSource } from "./message-source.ts";

export interface SenderOptions {
  readonly sources: readonly MessageSource[];
  readonly window: number;
  /** Over a slow link, more bytes in flight would run into the time limit. */
  readonly windowBytes: number;
  /**
   * The first pause after a temporary refusal that names no time. Further pauses double, up to 60 times this length.
   */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #inFlight = new Map<Delivery, MessageSource>();
  #link: Link | undefined;
  #window = 1;
  #bytes = 0;
  #pauses = 0;
  #endPause: (() => void) | undefined;
  #idleWaiters: (() => void)[] = [];

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

  detach(): void {
    this.#link = undefined;
    this.#endPause?.();
    this.#endPause = undefined;
    const unsettled = [...this.#inFlight.keys()];
    this.#inFlight.clear();
    this.#bytes = 0;
    for (const delivery of unsettled) delivery.retry();
    this.#resolveIdle();
  }

  pump(): void {
    while (this.#link !== undefined && this.#endPause === undefined) {
      const [source, delivery] = this.#take();
      if (source === undefined || delivery === undefined) break;
      this.#inFlight.set(delivery, source);
      this.#bytes += delivery.bytes;
      void this.#send(this.#link, delivery);
    }
    this.#resolveIdle();
  }

  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #take(): [MessageSource, Delivery] | [] {
    const { sources, windowBytes } = this.#options;
    if (this.#inFlight.size >= this.#window || this.#bytes >= windowBytes) return [];
    for (const source of sources) {
      const isHalfFull = this.#countOf(source) >= Math.max(1, this.#window / 2) || this.#bytes >= windowBytes / 2;
      if (source.share === "half" && isHalfFull) continue;
      const delivery = source.take();
      if (delivery !== undefined) return [source, delivery];
    }
    return [];
  }

  #countOf(source: MessageSource): number {
    let count = 0;
    for (const other of this.#inFlight.values()) if (other === source) count += 1;
    return count;
  }

  async #send(link: Link, delivery: Delivery): Promise<void> {
    let error: unknown;
    try {
      await link.send(delivery.message);
    } catch (thrown) {
      error = thrown ?? new Error("not sent");
    }
    // If the delivery is not in flight any more, `detach` has called `retry` already.
    if (!this.#inFlight.delete(delivery)) return;
    this.#bytes -= delivery.bytes;
    if (error === undefined) {
      this.#pauses = 0;
      delivery.acknowledged();
    } else if (!(error instanceof Refusal)) {
      delivery.retry();
      this.#giveUp(link);
    } else if (error.permanent) delivery.refused(error);
    else {
      delivery.retry();
      this.#pause(error);
    }
    this.pump();
  }

  #giveUp(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    link.cut();
  }

  /** Pauses the sending after a refusal: without the pause, the message would be refused again at once. */
  #pause(error: Refusal): void {
    if (this.#endPause !== undefined || this.#link === undefined) return;
    const { pauseMs, clock, logger } = this.#options;
    this.#pauses += 1;
    const pauses = { firstMs: pauseMs, longestMs: 60 * pauseMs, jitter: "none" } as const;
    const delayMs = error.retryAfterMs ?? pauseAfter(this.#pauses, pauses);
    logger.warn({ code: error.code, reason: error.message, delayMs }, "the gateway refuses messages for now");
    this.#endPause = clock.after(delayMs, () => {
      this.#endPause = undefined;
      this.pump();
    });
  }

  get #isIdle(): boolean {
    return this.#link === undefined || (this.#inFlight.size === 0 && this.#options.sources.every(({ empty }) => empty));
  }

  #resolveIdle(): void {
    if (this.#idleWaiters.length === 0 || !this.#isIdle) return;
    const waiting = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiting) resolve();
  }
}
