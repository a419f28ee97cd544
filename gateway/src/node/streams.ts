import type { EventLog } from "@fleetlog/log";
import type { SystemResource } from "@fleetlog/protocol";

/** What is shown when things are broken must not wait for what is broken. */
const PATIENCE_MS = 1_000;
const STREAMS = ["FLEET", "TELEMETRY"] as const;

type Stream = SystemResource["streams"][number];
/** Bytes that each stream may grow to, as the settings declare. */
export type DeclaredBytes = Readonly<Record<(typeof STREAMS)[number], number>>;

/**
 * How far each stream has filled; without those that do not answer within a second. Never rejects.
 * @param declared bytes that they may grow to, where the server knows no limit
 */
export async function readStreams(log: Pick<EventLog, "state">, declared: DeclaredBytes): Promise<readonly Stream[]> {
  const read = STREAMS.map(async (name) => {
    const { events, bytes, maxBytes = declared[name], firstSeq, lastSeq } = await log.state(name);
    return { name, events, bytes, maxBytes, firstSeq, lastSeq };
  });
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined).unref());
  const states = await Promise.all(read.map((state) => Promise.race([state.catch(() => undefined), late])));
  return states.filter((state) => state !== undefined);
}
