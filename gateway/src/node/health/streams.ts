import type { EventLog } from "@fleetlog/log";
import type { SystemResource } from "@fleetlog/protocol";
import type { GatewaySettings } from "../../settings/index.ts";

/** Short, because the system page must open fast even when the log does not answer. */
const TIMEOUT_MS = 1_000;
const STREAMS = ["FLEET", "TELEMETRY", "ACCESS", "DELIVERY"] as const;

type Stream = SystemResource["streams"][number];
export type DeclaredBytes = Readonly<Record<(typeof STREAMS)[number], number>>;

export function declaredBytes(settings: GatewaySettings): DeclaredBytes {
  const { fleetMaxBytes, telemetryMaxBytes, accessMaxBytes, deliveryMaxBytes } = settings;
  return { FLEET: fleetMaxBytes, TELEMETRY: telemetryMaxBytes, ACCESS: accessMaxBytes, DELIVERY: deliveryMaxBytes };
}

/**
 * The size of each stream; without streams whose size does not come within a second. Never rejects.
 * @param declared limits to use if the server has none
 */
export async function readStreams(log: Pick<EventLog, "state">, declared: DeclaredBytes): Promise<readonly Stream[]> {
  const read = STREAMS.map(async (name) => {
    const { events, bytes, maxBytes = declared[name], firstSeq, lastSeq } = await log.state(name);
    return { name, events, bytes, maxBytes, firstSeq, lastSeq };
  });
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, TIMEOUT_MS, undefined).unref());
  const states = await Promise.all(read.map((state) => Promise.race([state.catch(() => undefined), timeout])));
  return states.filter((state) => state !== undefined);
}
