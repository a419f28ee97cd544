import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";

/** Pauses before the rest is requested from another historian, in milliseconds. */
export const PAUSES: readonly number[] = [200, 500, 1_000, 2_000, 4_000, 8_000];

export interface Resumable<T> {
  /** The parts of the first historian. */
  readonly first: AsyncIterable<string>;
  /** The content of a part; undefined: it has none. */
  readonly read: (part: string) => T | undefined;
  /** Requests the rest after the parts that were read; undefined if there is none. */
  readonly rest: () => Promise<AsyncIterable<string> | undefined>;
  /** Whether the answer can be continued after the newest part. */
  readonly canContinue?: () => boolean;
  readonly signal: AbortSignal;
  /** Milliseconds before each try to continue. They start again with each part that arrives. */
  readonly pauses: readonly number[];
}

/**
 * The contents of an answer's parts. If the historian ends in between, another one continues.
 *
 * @throws FleetError `history-unavailable` if no other historian continues
 */
export async function* resumed<T>(answer: Resumable<T>): AsyncGenerator<T, void, undefined> {
  let parts: AsyncIterable<string> | undefined = answer.first;
  for (let failures = 0; ; ) {
    try {
      parts ??= await answer.rest();
      if (parts === undefined) return;
      for await (const part of parts) {
        failures = 0;
        const content = answer.read(part);
        if (content !== undefined) yield content;
      }
      return;
    } catch (error) {
      const pause = answer.pauses[failures++];
      const isAway = error instanceof FleetError && error.code === "history-unavailable";
      const canContinue = answer.canContinue?.() ?? true;
      if (!isAway || !canContinue || pause === undefined || answer.signal.aborted) throw error;
      parts = undefined;
      await sleep(pause, undefined, { signal: answer.signal });
    }
  }
}
