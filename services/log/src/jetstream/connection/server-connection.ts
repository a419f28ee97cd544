import { pauseAfter } from "@fleetlog/runtime";
import { createInbox, errors, type Msg, type NatsConnection } from "@nats-io/nats-core";
import type { NatsConnectionImpl } from "@nats-io/nats-core/internal";
import { unreachable } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { steadyTime } from "../../steady-time.ts";
import { endAnswered } from "./answered.ts";
import { type ApiErrorBody, ERR_CODE, JetStreamApiFailure } from "./api-error.ts";
import { type Capabilities, capabilitiesOf } from "./capabilities.ts";
import { EntryFrames, type EntryReceiver } from "./entry-frames.ts";
import { type NumberedReceiver, NumberedSubjects, readFrames } from "./frames.ts";

export const RETRY_FOR_MS = 2_000;
export const RETRIES = { firstMs: 25, longestMs: 500, jitter: "none" } as const;
const REQUEST_TIMEOUT_MS = 5_000;

/** The connection of a process to NATS: its state, requests of the JetStream API, and protocol text written directly. */
export class ServerConnection {
  readonly nc: NatsConnection;
  readonly logger: Logger;
  readonly #protocol: NatsConnectionImpl["protocol"];
  readonly #numbered = new NumberedSubjects();
  readonly #entries = new EntryFrames();
  readonly #listeners = new Set<(up: boolean) => void>();
  readonly #refusable = new Set<string>();
  #capabilities: Capabilities;
  #up = true;
  #closed = false;

  constructor(nc: NatsConnection, logger: Logger) {
    this.nc = nc;
    this.logger = logger;
    this.#capabilities = capabilitiesOf(nc.info?.version ?? "", 0);
    this.#protocol = (nc as NatsConnectionImpl).protocol;
    readFrames(this.#protocol, { numbered: this.#numbered, entries: this.#entries });
    endAnswered(this.#protocol.muxSubscriptions);
    void this.#watch();
  }

  /** Asks the client library too: its status events come late. */
  get up(): boolean {
    return this.#up && this.#protocol.connected && !this.#closed;
  }

  inbox(): string {
    return createInbox(this.#protocol.options.inboxPrefix);
  }

  get maxPayload(): number {
    return this.nc.info?.max_payload ?? 1024 * 1024;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** Asks what the server can do. Call it after each reconnection, which may lead to another server. */
  async askCapabilities(retryForMs = RETRY_FOR_MS): Promise<Capabilities> {
    const { api } = await this.api<{ readonly api?: { readonly level?: number } }>("$JS.API.INFO", {}, retryForMs);
    this.#capabilities = capabilitiesOf(this.nc.info?.version ?? "", api?.level ?? 0);
    return this.#capabilities;
  }

  onChange(listener: (up: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call if the server may refuse this subject to this process. The refusal is then not logged as an error. */
  expectRefusal(subject: string): void {
    this.#refusable.add(subject);
  }

  /** Sends protocol text unchanged, for half the cost of the client's `publish`. */
  write(bytes: Uint8Array): void {
    this.#protocol.sendCommand(bytes);
  }

  /**
   * Subscribes to the subjects `<prefix><number>`, for half the cost of a subscription of the client. There can be one
   * such subscription at a time.
   * @param other gets the messages that have headers or a reply subject
   * @returns ends the subscription
   */
  receiveNumbered(prefix: string, receive: NumberedReceiver, other: (message: Msg) => void): () => void {
    const subscription = this.nc.subscribe(`${prefix}*`, { callback: (_, message) => other(message) });
    this.#numbered.set(prefix, subscription.getID(), receive);
    return () => {
      this.#numbered.set(prefix, 0, undefined);
      subscription.unsubscribe();
    };
  }

  /**
   * Subscribes to what one consumer delivers to an inbox.
   * @param other gets messages that have no entry, and the entries of a connection that the client reads itself
   * @returns ends the subscription
   */
  receiveEntries(inbox: string, receive: EntryReceiver, other: (message: Msg) => void): () => void {
    const subscription = this.nc.subscribe(inbox, { callback: (_, message) => other(message) });
    this.#entries.set(subscription.getID(), receive);
    return () => {
      this.#entries.delete(subscription.getID());
      subscription.unsubscribe();
    };
  }

  /** @throws FleetError `log-unavailable` if the connection is not up in time */
  whenUp(timeoutMs = RETRY_FOR_MS): Promise<void> {
    if (this.up) return Promise.resolve();
    if (this.#closed) return Promise.reject(unreachable());
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => settle(false), timeoutMs);
      const unsubscribe = this.onChange((up) => {
        if (up || this.#closed) settle(up);
      });
      const settle = (up: boolean): void => {
        clearTimeout(timeout);
        unsubscribe();
        if (up) resolve();
        else reject(unreachable());
      };
    });
  }

  /**
   * Retries while the server can't be reached.
   * @throws JetStreamApiFailure for an error of the server; FleetError `log-unavailable`
   */
  async api<Response>(subject: string, request: object = {}, retryForMs = RETRY_FOR_MS): Promise<Response> {
    const body = JSON.stringify(request);
    const until = steadyTime() + retryForMs;
    for (let failures = 1; ; failures++) {
      const wait = pauseAfter(failures, RETRIES);
      try {
        await this.whenUp(Math.max(until - steadyTime(), 0));
        const answer = await this.nc.request(subject, body, { timeout: REQUEST_TIMEOUT_MS });
        return unwrap<Response>(answer.json());
      } catch (error) {
        const refused = error instanceof JetStreamApiFailure && error.body.code !== 503;
        // The leader of a cluster that has just started does not know all servers.
        const final = refused && error.body.err_code !== ERR_CODE.noPeers;
        if (final) throw error;
        if (error instanceof errors.PermissionViolationError) throw unreachable(error);
        if (this.#closed || steadyTime() + wait >= until) throw refused ? error : unreachable(error);
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
    for await (const status of this.nc.status()) {
      const { type } = status;
      if (type === "disconnect" || type === "staleConnection") this.#set(false);
      else if (type === "reconnect") this.#set(true);
      else if (type === "error" && status.error instanceof errors.PermissionViolationError) {
        const { operation, subject } = status.error;
        if (!this.#refusable.has(subject))
          this.logger.error({ operation, subject }, "NATS does not let this process use a subject");
      }
    }
    this.#set(false);
  }

  #set(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    if (!this.#closed) {
      if (up) this.logger.info({ server: this.nc.getServer() }, "reconnected to NATS");
      else this.logger.warn({}, "lost the connection to NATS; reconnecting");
    }
    for (const listener of [...this.#listeners]) listener(up);
  }
}

function unwrap<Response>(body: unknown): Response {
  const { error } = body as { readonly error?: ApiErrorBody };
  if (error !== undefined) throw new JetStreamApiFailure(error);
  return body as Response;
}
