import { Backoff } from "@fleetlog/runtime";
import { mqttLink } from "./mqtt-link.ts";
import { Ranges } from "./ranges.ts";
import type { Credentials, RawEvents, RawLink, Target } from "./raw-link.ts";
import { websocketLink } from "./websocket-link.ts";

export interface LoadDeviceOptions {
  readonly target: Target;
  readonly credentials: Credentials;
  readonly boot: string;
  readonly kind: "telemetry" | "event";
  /** Bytes of padding in each message. */
  readonly padding: number;
  readonly window: number;
  /** First and longest delay before a reconnect, with full jitter. */
  readonly reconnect: { readonly baseMs: number; readonly capMs: number };
  onAcknowledged(milliseconds: number): void;
  onRefused(code: string): void;
  onEnded(reason: string): void;
  onRoom(device: LoadDevice): void;
}

const AFTER_REFUSAL_MS = 500;

/**
 * Sends numbered messages until they are acknowledged.
 *
 * A repetition after a refusal or a lost connection has the same boot and seq.
 */
export class LoadDevice {
  readonly acknowledged = new Ranges();
  connections = 0;
  readonly #options: LoadDeviceOptions;
  readonly #backoff: Backoff;
  readonly #start: string;
  /** Time of sending by message number, oldest first. */
  readonly #unacknowledged = new Map<number, number>();
  #unsent: number[] = [];
  #link: RawLink | undefined;
  #open = false;
  #last = 0;
  #paused = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoadDeviceOptions) {
    this.#options = options;
    const { baseMs, capMs } = options.reconnect;
    this.#backoff = new Backoff({ firstMs: baseMs, longestMs: capMs, jitter: "full" });
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
  get sent(): number {
    return this.#last;
  }
  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }
  get room(): number {
    if (!this.#open || this.#paused) return 0;
    return this.#options.window - (this.#unacknowledged.size - this.#unsent.length);
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

  send(count: number): number {
    const most = Math.min(count, this.room);
    for (let sent = 0; sent < most; sent++) this.#send(++this.#last);
    return Math.max(0, most);
  }

  ping(): void {
    if (this.#open) this.#link?.ping();
  }

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
    this.#backoff.succeeded();
    this.connections += 1;
    this.#resend();
    this.#options.onRoom(this);
  }

  #resend(): void {
    while (this.#unsent.length > 0 && this.room > 0) {
      const number = this.#unsent.shift();
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
      this.#unsent.push(number);
      this.#pause();
    }
    this.#resend();
    this.#options.onRoom(this);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#timer = setTimeout(() => {
      this.#paused = false;
      this.#resend();
      this.#options.onRoom(this);
    }, AFTER_REFUSAL_MS);
  }

  #ended(reason: string): void {
    this.#open = false;
    this.#paused = false;
    clearTimeout(this.#timer);
    this.#unsent = [...this.#unacknowledged.keys()].sort((a, b) => a - b);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.connect(), this.#backoff.failed());
    this.#options.onEnded(reason);
  }
}
