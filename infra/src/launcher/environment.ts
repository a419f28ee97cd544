import type { OwnProcess } from "./own-processes.ts";
import type { LauncherSettings } from "./settings.ts";

/** Values that the launcher has determined and all processes share. */
export interface Shared {
  readonly natsUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly token: string;
}

/**
 * The environment of one of our own processes: the launcher's, with the values that it has determined. Only processes
 * that need the administrator's token get it.
 */
export function processEnvironment(
  env: NodeJS.ProcessEnv,
  settings: LauncherSettings,
  { natsUrl, dataDir, token }: Shared,
  { trusted, environment }: Pick<OwnProcess, "trusted" | "environment">,
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

/** If an option is given twice, Node uses the last one: so the operator's come last. */
function nodeOptions(ours: string | undefined, theirs: string | undefined): { NODE_OPTIONS?: string } {
  const both = [ours, theirs].filter((options) => options !== undefined && options !== "");
  return both.length === 0 ? {} : { NODE_OPTIONS: both.join(" ") };
}
