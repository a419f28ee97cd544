import { FleetError } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";
import type { AsOf, Moment } from "./as-of.ts";

/** Milliseconds for the history to reach a moment that the log already has. */
const WAIT_MS = 5_000;

/** Greatest age of an event when a gateway writes it. No further events come for a moment that is longer ago. */
const RECENT_MS = 60_000;

export interface CallMomentsOptions {
  readonly asOf: Pick<AsOf, "resolve" | "waitFor" | "progress">;
  /** The newest FLEET sequence, asked of the log. */
  readonly lastSeq: () => Promise<number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Moments that callers ask for. */
export class CallMoments {
  readonly #options: CallMomentsOptions;

  constructor(options: CallMomentsOptions) {
    this.#options = options;
  }

  /**
   * Waits until the history has all events up to the moment.
   *
   * @param field the call's field, for errors
   * @throws FleetError as `AsOf.resolve`
   */
  async resolve(at: string | number, field = "at"): Promise<Moment> {
    await this.#catchUp(at);
    try {
      return await this.#options.asOf.resolve(at);
    } catch (error) {
      if (field === "at" || !(error instanceof FleetError) || error.field !== "at") throw error;
      throw new FleetError(error.code, error.message.replace(/^at /, `${field} `), { field, cause: error });
    }
  }

  /**
   * As `resolve`. A time before the log's first event, and sequence 0, mean the moment before that event.
   *
   * @returns sequence 0 for the moment before the first event
   */
  async start(at: string | number, field = "from"): Promise<Moment> {
    try {
      if (at !== 0) return await this.resolve(at, field);
    } catch (error) {
      const time = typeof at === "string" ? parseMoment(at) : undefined;
      const isBefore = time !== undefined && time < Date.parse((await this.resolve(1, field)).at);
      if (!isBefore) throw error;
      return { seq: 0, at: new Date(time).toISOString() };
    }
    return { seq: 0, at: (await this.resolve(1, field)).at };
  }

  /** The moment of the log's newest event. */
  async newest(): Promise<Moment> {
    const { asOf, lastSeq } = this.#options;
    const newest = await lastSeq();
    await asOf.waitFor(newest, WAIT_MS);
    return await this.resolve(newest);
  }

  /**
   * For a moment in the present, the history must have all events of the log. Otherwise a later answer for the same
   * moment would include more events.
   */
  async #catchUp(at: string | number): Promise<void> {
    const { asOf, lastSeq, now } = this.#options;
    const isOld = typeof at === "number" ? at <= asOf.progress().goal : (parseMoment(at) ?? 0) < now() - RECENT_MS;
    if (isOld) return;
    const newest = await lastSeq();
    if (typeof at === "string") await asOf.waitFor(newest, WAIT_MS);
  }
}
