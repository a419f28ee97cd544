import { entityOfRefusal, entityOfSignIn, isEventOf, signInEvents } from "@fleetlog/domain";
import type { Writer } from "@fleetlog/fleet";
import type { Logger } from "pino";
import type { AccessEvent } from "./coalesced.ts";

/** How long an append may take. Then the event is lost. */
const TIMEOUT_MS = 2_000;
const WARN_EVERY_MS = 60_000;

export interface AccessWriterOptions {
  readonly writer: Writer;
  readonly ready: () => boolean;
  readonly logger: Pick<Logger, "warn">;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Appends events to ACCESS. An event that can't be stored is lost, with a warning a minute. */
export class AccessWriter {
  readonly ready: () => boolean;
  readonly now: () => number;
  readonly #options: AccessWriterOptions;
  readonly #writing = new Set<Promise<void>>();
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(options: AccessWriterOptions) {
    this.#options = options;
    this.ready = options.ready;
    this.now = options.now ?? (() => performance.now());
  }

  append(body: AccessEvent): void {
    const { writer } = this.#options;
    const entity = isEventOf(signInEvents, body) ? entityOfSignIn(body) : entityOfRefusal(body);
    const appended = writer.append(writer.event(body, entity), { timeoutMs: TIMEOUT_MS });
    this.track(
      appended.then(
        () => {},
        (error: unknown) => this.#lost(error),
      ),
    );
  }

  /** {@link settled} also waits for `work`, which never rejects. */
  track(work: Promise<void>): void {
    this.#writing.add(work);
    void work.finally(() => this.#writing.delete(work));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #lost(err: unknown): void {
    const now = this.now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    this.#options.logger.warn({ err }, "could not record an event in ACCESS");
  }
}
