import type { NatsConnection } from "@nats-io/nats-core";
import type { NatsConnectionImpl } from "@nats-io/nats-core/internal";
import type { Logger } from "../logger.ts";
import { notReached } from "../refusals.ts";
import { type ApiErrorBody, JetStreamApiFailure } from "./api-error.ts";
import { readFrames } from "./frames.ts";

/** How long a call waits for a server that is away for a moment, restarting for instance. */
export const PATIENCE_MS = 2_000;
const REQUEST_MS = 5_000;

/** The one connection of a process: whether it is up, and JetStream's API over it. */
export class Link {
  readonly nc: NatsConnection;
  readonly logger: Logger;
  readonly #protocol: NatsConnectionImpl["protocol"];
  readonly #listeners = new Set<(up: boolean) => void>();
  #up = true;
  #closed = false;

  constructor(nc: NatsConnection, logger: Logger) {
    this.nc = nc;
    this.logger = logger;
    this.#protocol = (nc as NatsConnectionImpl).protocol;
    readFrames(this.#protocol);
    void this.#watch();
  }

  /** Asked of the client itself: its notices come later than the fact. */
  get up(): boolean {
    return this.#up && this.#protocol.connected && !this.#closed;
  }

  get maxPayload(): number {
    return this.nc.info?.max_payload ?? 1024 * 1024;
  }

  /** Whether the server is at least of this version. */
  offers(major: number, minor: number): boolean {
    const [have = 0, point = 0] = (this.nc.info?.version ?? "").split(".").map(Number);
    return have > major || (have === major && point >= minor);
  }

  onChange(listener: (up: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts protocol text on the wire as it is: what the client would make of many `publish` calls, at half the price. */
  write(bytes: Uint8Array): void {
    this.#protocol.sendCommand(bytes);
  }

  /** @throws FleetError `log-unavailable` if the link is not up in time */
  whenUp(timeoutMs = PATIENCE_MS): Promise<void> {
    if (this.up) return Promise.resolve();
    if (this.#closed) return Promise.reject(notReached());
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => settle(false), timeoutMs);
      const forget = this.onChange((up) => {
        if (up || this.#closed) settle(up);
      });
      const settle = (up: boolean): void => {
        clearTimeout(late);
        forget();
        if (up) resolve();
        else reject(notReached());
      };
    });
  }

  /**
   * One call of JetStream's API. A server that is away or not ready is tried again for a while.
   * @throws JetStreamApiFailure for what the server refuses; FleetError `log-unavailable` when it can't be reached
   */
  async api<Response>(subject: string, request: object = {}, patienceMs = PATIENCE_MS): Promise<Response> {
    const body = JSON.stringify(request);
    const until = Date.now() + patienceMs;
    for (let wait = 25; ; wait = Math.min(wait * 2, 500)) {
      try {
        await this.whenUp(Math.max(until - Date.now(), 0));
        const answer = await this.nc.request(subject, body, { timeout: REQUEST_MS });
        return opened<Response>(answer.json());
      } catch (error) {
        const final = error instanceof JetStreamApiFailure && error.body.code !== 503;
        if (final) throw error;
        if (this.#closed || Date.now() + wait >= until) throw notReached(error);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const listener of [...this.#listeners]) listener(false);
    await this.nc.close();
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.nc.status()) {
      if (type === "disconnect" || type === "staleConnection") this.#set(false);
      else if (type === "reconnect") this.#set(true);
    }
    this.#set(false);
  }

  #set(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    if (!this.#closed) {
      if (up) this.logger.info({ server: this.nc.getServer() }, "connected to NATS again");
      else this.logger.warn({}, "the connection to NATS is lost; connecting again");
    }
    for (const listener of [...this.#listeners]) listener(up);
  }
}

function opened<Response>(body: unknown): Response {
  const { error } = body as { readonly error?: ApiErrorBody };
  if (error !== undefined) throw new JetStreamApiFailure(error);
  return body as Response;
}
