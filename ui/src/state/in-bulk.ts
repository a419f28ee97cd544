import { type ApiError, asApiError } from "../data/problem.ts";

/** Enough concurrent calls to be quick; leaves the gateway room for other clients. */
const AT_ONCE = 6;

export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly failures: readonly { readonly id: string; readonly error: ApiError }[];
}

/** Calls `act` for each id, and continues after failures. Once the signal is aborted, only awaits the running calls. */
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
