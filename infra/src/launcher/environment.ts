import { declarationsOf, environmentName } from "@fleetlog/runtime/node";
import type { Passwords } from "../nats-server/index.ts";
import { LAUNCHER_LISTENERS } from "./listeners.ts";
import type { OwnProcess } from "./own-processes.ts";
import { type LauncherSettings, launcherSettings } from "./settings.ts";

const SECRETS = [...declarationsOf(launcherSettings)].filter(([, { secret }]) => secret === true).map(([key]) => key);

/** Values of the launcher for all processes. */
export interface Shared {
  /** The launcher's own server; undefined: the operator's server is used. */
  readonly nats: { readonly url: string; readonly sync: string; readonly passwords: Passwords } | undefined;
  readonly dataDir: string;
  readonly token: string;
}

/**
 * The launcher's environment, with the values that the launcher has determined.
 *
 * Of the secrets, a process gets only those that its own settings declare, such as the sign-in token or the
 * installation key. Of the passwords of the launcher's NATS, it gets only the one of its role.
 */
export function processEnvironment(
  env: NodeJS.ProcessEnv,
  settings: LauncherSettings,
  { nats, dataDir, token }: Shared,
  { settings: program, natsRole, environment }: Pick<OwnProcess, "settings" | "natsRole" | "environment">,
): NodeJS.ProcessEnv {
  const declared = declarationsOf(program);
  const withheld = new Set(SECRETS.filter((key) => !declared.has(key)).map(environmentName));
  const others = without(env, (name) => withheld.has(name));
  const inherited = nats !== undefined || natsRole === undefined ? without(others, isOfNats) : others;
  return {
    ...environment,
    ...inherited,
    ...nodeOptions(environment?.NODE_OPTIONS, inherited.NODE_OPTIONS),
    ...(nats !== undefined &&
      natsRole !== undefined && {
        FLEETLOG_NATS_URL: nats.url,
        FLEETLOG_NATS_SYNC: nats.sync,
        FLEETLOG_NATS_USER: natsRole,
        FLEETLOG_NATS_PASSWORD: nats.passwords[natsRole],
      }),
    FLEETLOG_DATA_DIR: dataDir,
    ...ports(settings),
    FLEETLOG_GATEWAY_NAME: settings.gatewayName,
    FLEETLOG_FLEET: String(settings.fleet),
    ...(declared.has("adminToken") && { FLEETLOG_ADMIN_TOKEN: token }),
  };
}

function ports(settings: LauncherSettings): NodeJS.ProcessEnv {
  const given = LAUNCHER_LISTENERS.filter(({ key }) => settings[key] !== undefined);
  return Object.fromEntries(given.map(({ key }) => [environmentName(key), String(settings[key])]));
}

function isOfNats(name: string): boolean {
  return name.startsWith("FLEETLOG_NATS_");
}

function without(env: NodeJS.ProcessEnv, leftOut: (name: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !leftOut(name)));
}

/** The operator's options come last, because Node uses the last of equal options. */
function nodeOptions(ours: string | undefined, theirs: string | undefined): { NODE_OPTIONS?: string } {
  const both = [ours, theirs].filter((options) => options !== undefined && options !== "");
  return both.length === 0 ? {} : { NODE_OPTIONS: both.join(" ") };
}
