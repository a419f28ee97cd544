import type { ConfigurationMessage, ConfigurationReport } from "@fleetlog/protocol";
import { byteLength } from "../byte-length.ts";
import { CommandFailure } from "../commands/handler.ts";
import type { Logger } from "../logger.ts";
import type { MessageSource } from "../sending/message-source.ts";

export type ConfigurationValues = Readonly<Record<string, unknown>>;

/**
 * Applies the desired configuration, or refuses it with an error. If values are returned, they are reported as the
 * actual values. `signal` is aborted when the agent stops.
 */
export type ConfigurationHandler = (
  values: ConfigurationValues,
  context: { readonly revision: number; readonly signal: AbortSignal },
) => undefined | ConfigurationValues | Promise<undefined | ConfigurationValues> | Promise<void> | void;

export interface ConfigurationOptions {
  readonly apply: ConfigurationHandler;
  readonly logger: Logger;
  readonly onApplied: (report: ConfigurationReport) => void;
}

const LONGEST_REASON = 1_024;

/**
 * Applies one configuration at a time. Of several that wait, only the newest is applied. Reports the outcome until the
 * gateway has acknowledged the report, or there is a newer one.
 */
export class Configuration implements MessageSource {
  readonly share = "whole";
  readonly #options: ConfigurationOptions;
  readonly #stopping = new AbortController();
  #next: ConfigurationMessage | undefined;
  #applying: Promise<void> | undefined;
  #newest = 0;
  #handled: number | undefined;
  #report: ConfigurationReport | undefined;
  #inFlight = false;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
  }

  get empty(): boolean {
    return this.#report === undefined && !this.#inFlight;
  }

  /** Forgets which revisions are stale, because a log that was restored from a backup has lower revisions. */
  reconnected(): void {
    this.#newest = 0;
  }

  desired(message: ConfigurationMessage): void {
    if (message.revision < this.#newest || this.#stopping.signal.aborted) return;
    this.#newest = message.revision;
    if (message.revision === this.#handled && this.#next === undefined) return;
    this.#next = message;
    this.#applying ??= this.#applyAll().finally(() => {
      this.#applying = undefined;
    });
  }

  refuse(revision: number, code: string, message: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#report = { revision, state: "refused", error: { code, message } };
    this.#options.onApplied(this.#report);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#applying;
  }

  take(): ReturnType<MessageSource["take"]> {
    const report = this.#report;
    if (report === undefined || this.#inFlight) return undefined;
    this.#report = undefined;
    this.#inFlight = true;
    const settled = () => {
      this.#inFlight = false;
    };
    return {
      message: { kind: "configuration", report },
      bytes: byteLength(JSON.stringify(report)),
      acknowledged: settled,
      refused: ({ message }) => {
        settled();
        this.#options.logger.error({ reason: message }, "the gateway refused the report about the configuration");
      },
      retry: () => {
        settled();
        this.#report ??= report;
      },
    };
  }

  async #applyAll(): Promise<void> {
    for (let message = this.#next; message !== undefined; message = this.#next) {
      this.#next = undefined;
      if (this.#stopping.signal.aborted) return;
      const report = await this.#apply(message);
      this.#handled = message.revision;
      this.#report = report;
      this.#options.onApplied(report);
    }
  }

  async #apply({ revision, values }: ConfigurationMessage): Promise<ConfigurationReport> {
    try {
      const actual = await this.#options.apply(values, { revision, signal: this.#stopping.signal });
      return { revision, state: "applied", ...(isObject(actual) && { values: actual }) };
    } catch (error) {
      const code = error instanceof CommandFailure ? error.code : "failed";
      const message = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_REASON).toWellFormed();
      this.#options.logger.warn({ err: error, revision }, "the configuration was refused");
      return { revision, state: "refused", error: { code, message } };
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
