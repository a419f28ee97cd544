import { readNamed, SettingsError } from "@fleetlog/runtime/node";
import { readAccess } from "../access/access-file.ts";
import type { NatsRole } from "../access/roles.ts";
import type { BackboneOptions } from "../jetstream/index.ts";
import { declareStreams } from "../streams.ts";
import type { LogSettings } from "./index.ts";

/**
 * Without an address and a credential of NATS, connects to the launcher's nats-server on this machine.
 * @throws SettingsError if the credentials file can't be read
 */
export async function backboneOptions(
  settings: LogSettings,
  role: NatsRole,
): Promise<Omit<BackboneOptions, "name" | "window" | "logger">> {
  const { natsUrl, natsPort, natsUser, natsToken, natsCreds } = settings;
  const { fleetMaxBytes, telemetryMaxBytes, telemetryMaxAge, accessMaxBytes, accessMaxAge, replicas } = settings;
  const { deliveryMaxBytes, deliveryMaxAge } = settings;
  return {
    role,
    ...((natsUrl ?? natsUser ?? natsToken ?? natsCreds) === undefined
      ? own(settings, role)
      : await named(settings, natsUrl ?? `nats://127.0.0.1:${natsPort}`)),
    streams: declareStreams({
      FLEET: { maxBytes: fleetMaxBytes, replicas },
      TELEMETRY: { maxBytes: telemetryMaxBytes, maxAgeMs: telemetryMaxAge, replicas },
      ACCESS: { maxBytes: accessMaxBytes, maxAgeMs: accessMaxAge, replicas },
      DELIVERY: { maxBytes: deliveryMaxBytes, maxAgeMs: deliveryMaxAge, replicas },
    }),
  };
}

type Server = Pick<BackboneOptions, "url" | "token" | "creds" | "login" | "tls" | "sync">;

/** The launcher changes the passwords at each of its starts, so the access file is read for each connection. */
function own({ natsPort, dataDir, natsSync }: LogSettings, role: NatsRole): Server {
  const { url, sync } = { sync: natsSync, ...readAccess(dataDir) };
  return {
    url: url ?? `nats://127.0.0.1:${natsPort}`,
    ...(sync !== undefined && { sync }),
    login() {
      const password = readAccess(dataDir)?.passwords[role];
      return password === undefined ? undefined : { user: role, password };
    },
  };
}

async function named(settings: LogSettings, url: string): Promise<Server> {
  const { natsUser: user, natsPassword: password, natsToken: token, natsCreds: creds } = settings;
  const { natsSync: sync, natsCa: caFile, natsCert: certFile, natsKey: keyFile } = settings;
  const files = {
    ...(caFile !== undefined && { caFile }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
  };
  return {
    url,
    ...(sync !== undefined && { sync }),
    ...(user !== undefined && password !== undefined && { login: () => ({ user, password }) }),
    ...(token !== undefined && { token }),
    ...(creds !== undefined && { creds: credentials(creds) }),
    ...((Object.keys(files).length > 0 || url.includes("tls://")) && { tls: files }),
  };
}

function credentials(file: string): string {
  const found = readNamed("natsCreds", file, "give the file with the credentials of a user of NATS");
  if ("problem" in found) throw new SettingsError([found.problem]);
  return found.text;
}
