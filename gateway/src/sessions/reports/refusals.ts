import { type ErrorCode, shortened } from "@fleetlog/domain";
import type { Writer } from "@fleetlog/fleet";
import type { Logger } from "pino";
import type { Reserve } from "../../node/health/reserve.ts";

const EVERY_MS = 60_000;
/** Maximum number of reasons that are counted separately. Bounded, because the device chooses topics and fields. */
const MAX_REASONS = 32;

/** The error of a refused report. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly field?: string | undefined;
  readonly message: string;
}

export type Where = { readonly topic: string } | { readonly method: string };

export interface RefusalsOptions {
  readonly device: string;
  readonly sessionId: string;
  readonly writer: Writer;
  readonly reserve: Pick<Reserve, "holding">;
  readonly logger: Pick<Logger, "warn">;
  readonly clock: () => number;
}

/**
 * Shows refused reports to operators, because many devices ignore errors or can't receive them. Of each reason the
 * first, second, fourth, eighth, … refusal is logged.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  /** Made on first use, because most sessions have none. */
  #counts: Map<string, number> | undefined;
  #count = 0;
  #recordedAt = Number.NEGATIVE_INFINITY;
  #last: { readonly where: string; readonly refusal: Refusal } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  add(refusal: Refusal, where: Where): void {
    const { device, logger, clock } = this.#options;
    const { code, field, message } = refusal;
    const [[kind, name]] = Object.entries(where) as [[string, string]];
    const count = this.#counted(`${code} ${field ?? ""} ${name}`);
    if (isPowerOfTwo(count)) {
      logger.warn(
        { device, [kind]: shortened(name), field: field && shortened(field), count, code },
        `a report was refused: ${shortened(message)}`,
      );
    }
    this.#count++;
    this.#last = { where: name, refusal };
    const wait = this.#recordedAt + EVERY_MS - clock();
    if (wait <= 0) this.#record();
    else this.#timer ??= setTimeout(() => this.#record(), wait).unref();
  }

  /** Logs the fault in an accepted report, because MQTT 3 has no answer for it. */
  remark(text: string): void {
    const { device, logger } = this.#options;
    const count = this.#counted(text);
    if (isPowerOfTwo(count)) logger.warn({ device, count }, `a report was accepted, but: ${shortened(text)}`);
  }

  /** A refused subscription is only logged, because SUBACK tells the device, also by MQTT 3. */
  subscription(filter: string): void {
    const { device, logger } = this.#options;
    const count = this.#counted(`subscription ${filter}`);
    if (isPowerOfTwo(count)) logger.warn({ device, filter: shortened(filter), count }, "a subscription was refused");
  }

  /** Records the refusals that wait for the end of their minute. */
  close(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#record();
  }

  #counted(reason: string): number {
    this.#counts ??= new Map();
    const key = this.#counts.has(reason) || this.#counts.size < MAX_REASONS ? reason : "other";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  #record(): void {
    const { device, sessionId, writer, reserve, logger, clock } = this.#options;
    this.#timer = undefined;
    this.#recordedAt = clock();
    const last = this.#last;
    if (last === undefined || reserve.holding) return;
    const { where, refusal } = last;
    const { code, field, message } = refusal;
    const data = {
      where: shortened(where),
      code,
      ...(field !== undefined && { field: shortened(field) }),
      message: shortened(message),
      count: this.#count,
    };
    this.#count = 0;
    const event = writer.event({ type: "ReportsRefused", data }, device, { causationid: sessionId });
    writer.append(event).catch((err: unknown) => logger.warn({ err, device }, "could not record a refusal"));
  }
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

const FINAL: ReadonlySet<ErrorCode> = new Set([
  "invalid-request",
  "payload-too-large",
  "forbidden",
  "not-found",
  "command-unknown",
  "command-ended",
  "device-retired",
  "device-unknown",
  "provision-state",
  "provision-request-unknown",
]);

/** Whether the same report would be refused at any later time. */
export function isFinal({ code }: Pick<Refusal, "code">): boolean {
  return FINAL.has(code);
}
