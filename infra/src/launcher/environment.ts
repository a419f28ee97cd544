import { environmentName } from "@fleetlog/runtime/node";
import type { Passwords } from "../nats-server/index.ts";
import { LAUNCHER_LISTENERS } from "./listeners.ts";
import type { OwnProcess } from "./own-processes.ts";
import type { LauncherSettings } from "./settings.ts";

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
 * Of the secrets, a process gets only those that it needs. They are the sign-in token, the installation key, the OpenID
 * client secret, the mail server with its password, and the process's NATS password.
 */
export function processEnvironment(
  env: NodeJS.ProcessEnv,
  settings: LauncherSettings,
  { nats, dataDir, token }: Shared,
  {
    trusted,
    seals,
    mails,
    natsRole,
    environment,
  }: Pick<OwnProcess, "trusted" | "seals" | "mails" | "natsRole" | "environment">,
): NodeJS.ProcessEnv {
  const {
    FLEETLOG_ADMIN_TOKEN: _,
    FLEETLOG_INSTALLATION_KEY: installationKey,
    FLEETLOG_OIDC_CLIENT_SECRET: clientSecret,
    FLEETLOG_SMTP_URL: smtpUrl,
    ...others
  } = env;
  const inherited = nats !== undefined || natsRole === undefined ? withoutNats(others) : others;
  const sends = mails === true && smtpUrl !== undefined;
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
    ...(trusted ? { FLEETLOG_ADMIN_TOKEN: token } : {}),
    ...(natsRole === "gateway" && clientSecret !== undefined && { FLEETLOG_OIDC_CLIENT_SECRET: clientSecret }),
    ...(sends && { FLEETLOG_SMTP_URL: smtpUrl }),
    ...((seals || sends) && installationKey !== undefined && { FLEETLOG_INSTALLATION_KEY: installationKey }),
  };
}

function ports(settings: LauncherSettings): NodeJS.ProcessEnv {
  const given = LAUNCHER_LISTENERS.filter(({ key }) => settings[key] !== undefined);
  return Object.fromEntries(given.map(({ key }) => [environmentName(key), String(settings[key])]));
}

function withoutNats(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("FLEETLOG_NATS_")));
}

/** The operator's options come last, because Node uses the last of equal options. */
function nodeOptions(ours: string | undefined, theirs: string | undefined): { NODE_OPTIONS?: string } {
  const both = [ours, theirs].filter((options) => options !== undefined && options !== "");
  return both.length === 0 ? {} : { NODE_OPTIONS: both.join(" ") };
}
