import type { FleetSummary } from "./devices.ts";
import { runQuery } from "./sql.ts";

/** `gateway` is "" for a person who may not see which one it was. */
export type GatewayEnd = FleetSummary["gatewayEnds"][number];

/** Days that {@link pastGatewayEnds} looks back. */
export const PAST_DAYS = 30;
const MOST = 100;

const HOW = { GatewayLost: "lost", GatewayStopped: "stopped", GatewayStarted: "restarted" } as const;

const SQL = `SELECT min(v.time), v."eventType", min(e.entity), count(*)
FROM status_versions v LEFT JOIN events e ON e.seq = v.seq
WHERE v."eventType" IN (${Object.keys(HOW).map((type) => `'${type}'`)}) AND v.status = 'disconnected'
  AND v.time > now() - INTERVAL ${PAST_DAYS} DAY
GROUP BY v.seq, v."eventType" ORDER BY v.seq DESC`;

type Row = readonly [at: string, type: keyof typeof HOW, gateway: string | null, devices: number];

/**
 * The newest ends of gateways that disconnected devices. Counts only devices that the person may see, including devices
 * that are connected again.
 */
export async function pastGatewayEnds(signal: AbortSignal): Promise<readonly GatewayEnd[]> {
  const { rows } = await runQuery({ sql: SQL }, MOST, signal);
  return (rows as unknown as readonly Row[]).map(([at, type, gateway, devices]) => ({
    ...{ gateway: gateway ?? "", how: HOW[type], at, devices: Number(devices) },
  }));
}
