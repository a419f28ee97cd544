import type { Settings } from "@fleetlog/protocol/settings";
import type { OwnPart } from "./own-parts.ts";

/** What the launcher has settled for all parts. */
export interface Shared {
  readonly natsUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly token: string;
}

/**
 * The environment of one of our own processes: the launcher's, with what it has settled. Only those that need the
 * administrator's token are given it.
 */
export function partEnvironment(
  env: NodeJS.ProcessEnv,
  settings: Settings,
  { natsUrl, dataDir, token }: Shared,
  { trusted, environment }: Pick<OwnPart, "trusted" | "environment">,
): NodeJS.ProcessEnv {
  const { FLEETLOG_ADMIN_TOKEN: _, ...inherited } = env;
  return {
    ...environment,
    ...inherited,
    ...nodeOptions(environment?.NODE_OPTIONS, inherited.NODE_OPTIONS),
    FLEETLOG_NATS_URL: natsUrl,
    FLEETLOG_DATA_DIR: dataDir,
    FLEETLOG_HTTP_PORT: String(settings.httpPort),
    FLEETLOG_HTTPS_PORT: String(settings.httpsPort),
    FLEETLOG_MQTT_PORT: String(settings.mqttPort),
    FLEETLOG_MQTTS_PORT: String(settings.mqttsPort),
    FLEETLOG_GATEWAY_NAME: settings.gatewayName,
    FLEETLOG_FLEET: String(settings.fleet),
    ...(trusted ? { FLEETLOG_ADMIN_TOKEN: token } : {}),
  };
}

/** Of an option that is given twice the last counts: the operator's. */
function nodeOptions(ours: string | undefined, theirs: string | undefined): { NODE_OPTIONS?: string } {
  const both = [ours, theirs].filter((options) => options !== undefined && options !== "");
  return both.length === 0 ? {} : { NODE_OPTIONS: both.join(" ") };
}
