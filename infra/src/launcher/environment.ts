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
  { trusted }: Pick<OwnPart, "trusted">,
): NodeJS.ProcessEnv {
  const { FLEETLOG_ADMIN_TOKEN: _, ...inherited } = env;
  return {
    ...inherited,
    FLEETLOG_NATS_URL: natsUrl,
    FLEETLOG_DATA_DIR: dataDir,
    FLEETLOG_HTTP_PORT: String(settings.httpPort),
    FLEETLOG_MQTT_PORT: String(settings.mqttPort),
    FLEETLOG_MQTTS_PORT: String(settings.mqttsPort),
    FLEETLOG_GATEWAY_NAME: settings.gatewayName,
    FLEETLOG_FLEET: String(settings.fleet),
    ...(trusted ? { FLEETLOG_ADMIN_TOKEN: token } : {}),
  };
}
