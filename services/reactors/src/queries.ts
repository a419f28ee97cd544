import type { Bus } from "@fleetlog/log";
import { type Queries, type QueryAnswer, type QueryName, type QueryRequest, querySubject } from "@fleetlog/protocol";

/** How long a projector may take to come up to the sequence that is asked for. */
const WAIT_MS = 5_000;

/**
 * Asks any projector.
 * @throws FleetError `unavailable` if none answers, `view-behind` if it has not come up to `atLeast` in time
 */
export async function ask<N extends QueryName>(
  bus: Bus,
  name: N,
  params: Queries[N]["params"],
  atLeast = 0,
): Promise<QueryAnswer<N>> {
  const request: QueryRequest<N> = { params, atLeast, waitMs: WAIT_MS };
  return (await bus.request(querySubject(name), request, { timeoutMs: 2 * WAIT_MS })) as QueryAnswer<N>;
}
