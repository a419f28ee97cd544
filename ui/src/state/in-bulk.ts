import { type ApiError, asApiError } from "../data/problem.ts";

/** Concurrent calls: enough to be quick, few enough to leave the gateway room for others. */
const AT_ONCE = 6;

export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly failures: readonly { readonly id: string; readonly error: ApiError }[];
}

/**
 * Calls `act` for each id, a few at a time, and goes on after failures. When the signal is aborted, no more calls
 * begin, and the running calls are awaited.
 */
export async function inBulk(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
  progressed: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Progress> {
  const waiting = [...ids];
  let progress: Progress = { done: 0, of: ids.length, failures: [] };
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
      const failure = await act(id).then(
        () => [],
        (error: unknown) => [{ id: id as string, error: asApiError(error) }],
      );
      progress = { ...progress, done: progress.done + 1, failures: [...progress.failures, ...failure] };
      progressed(progress);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, worker));
  return progress;
}
