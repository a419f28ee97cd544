import { Ranges } from "./acknowledged.ts";
import { mqttLink } from "./mqtt-link.ts";
import type { Credentials, RawEvents, RawLink, Target } from "./raw-link.ts";
import { websocketLink } from "./websocket-link.ts";

export interface LoadDeviceOptions {
  readonly target: Target;
  readonly credentials: Credentials;
  readonly boot: string;
  readonly kind: "telemetry" | "event";
  /** Bytes of filling in each message. */
  readonly padding: number;
  /** Messages in flight at most. */
  readonly window: number;
  /** First and longest pause before it connects again, with full jitter, in milliseconds. */
  readonly reconnect: { readonly baseMs: number; readonly capMs: number };
  onAcknowledged(milliseconds: number): void;
  onRefused(code: string): void;
  onEnded(reason: string): void;
  /** It may have room for more. */
  onRoom(device: LoadDevice): void;
}

const AFTER_REFUSAL_MS = 500;

/**
 * Sends numbered messages and counts the acknowledgements. What is not acknowledged when the connection goes, or
 * refused, is sent again with the same boot and seq, until it is acknowledged.
 */
export class LoadDevice {
  /** Sequence numbers that the gateway has acknowledged. */
  readonly acknowledged = new Ranges();
  connections = 0;
  readonly #options: LoadDeviceOptions;
  readonly #start: string;
  /** When each was sent, by number, oldest first; everything that was sent and is not acknowledged. */
  readonly #unacknowledged = new Map<number, number>();
  /** Numbers of those that must be sent again. */
  #again: number[] = [];
  #link: RawLink | undefined;
  #open = false;
  #last = 0;
  #failures = 0;
  #paused = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoadDeviceOptions) {
    this.#options = options;
    this.#start = `{"data":{"pad":"${"x".repeat(options.padding)}","n":`;
  }

  get id(): string {
    return this.#options.credentials.device;
  }
  get boot(): string {
    return this.#options.boot;
  }
  get open(): boolean {
    return this.#open;
  }
  /** How many were sent at least once. */
  get sent(): number {
    return this.#last;
  }
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }
  /** How many more may be in flight. */
  get room(): number {
    if (!this.#open || this.#paused) return 0;
    return this.#options.window - (this.#unacknowledged.size - this.#again.length);
  }

  connect(): void {
    if (this.#stopped) return;
    const { target, credentials } = this.#options;
    const events: RawEvents = {
      onOpen: () => this.#opened(),
      onAnswer: (number, refusal) => this.#answered(number, refusal),
      onEnd: (reason) => this.#ended(reason),
    };
    this.#link =
      target.protocol === "mqtt" ? mqttLink(target, credentials, events) : websocketLink(target, credentials, events);
  }

  /** Sends so many new messages, or as many as there is room for; returns how many. */
  send(count: number): number {
    const most = Math.min(count, this.room);
    for (let sent = 0; sent < most; sent++) this.#send(++this.#last);
    return Math.max(0, most);
  }

  ping(): void {
    if (this.#open) this.#link?.ping();
  }

  /** Cuts the connection without a word, and connects again. */
  cut(): void {
    this.#link?.destroy();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#open) this.#link?.end();
    else this.#link?.destroy();
  }

  #send(number: number): void {
    const { kind, boot } = this.#options;
    this.#unacknowledged.set(number, performance.now());
    this.#link?.send(number, kind, "load", `${this.#start}${number}},"boot":"${boot}","seq":${number}`);
  }

  #opened(): void {
    this.#open = true;
    this.#failures = 0;
    this.connections += 1;
    this.#sendAgain();
    this.#options.onRoom(this);
  }

  #sendAgain(): void {
    while (this.#again.length > 0 && this.room > 0) {
      const number = this.#again.shift();
      if (number !== undefined) this.#send(number);
    }
  }

  #answered(number: number, refusal: string | undefined): void {
    const sentAt = this.#unacknowledged.get(number);
    if (sentAt === undefined) return;
    if (refusal === undefined) {
      this.#unacknowledged.delete(number);
      this.acknowledged.add(number);
      this.#options.onAcknowledged(performance.now() - sentAt);
    } else {
      this.#options.onRefused(refusal);
      this.#again.push(number);
      this.#pause();
    }
    this.#sendAgain();
    this.#options.onRoom(this);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#timer = setTimeout(() => {
      this.#paused = false;
      this.#sendAgain();
      this.#options.onRoom(this);
    }, AFTER_REFUSAL_MS);
  }

  #ended(reason: string): void {
    this.#open = false;
    this.#paused = false;
    clearTimeout(this.#timer);
    this.#again = [...this.#unacknowledged.keys()].sort((a, b) => a - b);
    if (this.#stopped) return;
    const { baseMs, capMs } = this.#options.reconnect;
    const delay = Math.random() * Math.min(capMs, baseMs * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.connect(), delay);
    this.#options.onEnded(reason);
  }
}
