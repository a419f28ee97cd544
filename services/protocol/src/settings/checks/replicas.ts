import type { SettingsCheck } from "./check.ts";

/** One nats-server, as the launcher starts it, keeps one copy. */
export const replicasNeedCluster: SettingsCheck["problem"] = ({ replicas, natsUrl }) =>
  replicas > 1 && natsUrl === undefined
    ? `FLEETLOG_REPLICAS is ${replicas}, which needs a NATS cluster of that many servers; name it in FLEETLOG_NATS_URL, or leave FLEETLOG_REPLICAS out`
    : undefined;
