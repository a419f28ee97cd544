import type { SpanOptions } from "./span-tables.ts";

/** Time limit in milliseconds; shorter than the gateway's wait for an answer. */
const LIMIT_MS = 20_000;

/**
 * The longest lease, in milliseconds, with which a gateway was lost in the span; undefined if none was.
 *
 * @throws FleetError `query-limit` if the span is too long
 */
export async function leaseInForce({
  duck,
  fleet,
  after,
  upTo,
}: Omit<SpanOptions, "devices" | "signal">): Promise<number | undefined> {
  const session = await duck.connect();
  try {
    return await fleet.reading(async () => {
      const events = fleet.events(after, upTo);
      if (events === undefined) return undefined;
      const [found] = await session.within(LIMIT_MS, () =>
        session.all<{ ms: number | null }>(
          `SELECT max(CAST(json_extract_string(data, '$.leaseTtlMs') AS BIGINT)) AS ms FROM (${events}) WHERE type = 'GatewayLost'`,
        ),
      );
      return found?.ms ?? undefined;
    });
  } finally {
    session.close();
  }
}
