import { FleetError } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { type Queries, type QueryAnswer, type QueryName, type QueryRequest, querySubject } from "@fleetlog/protocol";

export interface AskOptions {
  /** Answer from a state that has FLEET up to this sequence, at least. */
  readonly atLeast?: number;
  readonly waitMs?: number;
}

const WAIT_MS = 2_000;

/**
 * Asks any projector.
 * @throws FleetError `view-unavailable` if none answers, `view-behind` if none got as far as `atLeast` in time
 */
export async function askViews<N extends QueryName>(
  bus: Bus,
  name: N,
  params: Queries[N]["params"],
  options: AskOptions = {},
): Promise<Queries[N]["result"]> {
  return (await askViewsWithSeq(bus, name, params, options)).result;
}

/** As {@link askViews}, with the sequence that the answer is built up to. */
export async function askViewsWithSeq<N extends QueryName>(
  bus: Bus,
  name: N,
  params: Queries[N]["params"],
  { atLeast, waitMs = WAIT_MS }: AskOptions = {},
): Promise<QueryAnswer<N>> {
  const request: QueryRequest<N> = { params, waitMs, ...(atLeast !== undefined && { atLeast }) };
  try {
    return (await bus.request(querySubject(name), request, { timeoutMs: waitMs + 3_000 })) as QueryAnswer<N>;
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== "unavailable") throw error;
    throw new FleetError("view-unavailable", "no projector answers", {
      advice: "Check that a projector runs and has finished building its views; then try again.",
      retryAfterMs: 1_000,
      cause: error,
    });
  }
}
