import { readFile } from "node:fs/promises";
import type { Settings } from "./schema.ts";

/** How a process reaches NATS, and what it declares there, as `@fleetlog/log` takes it. */
export interface NatsOptions {
  readonly url: string;
  readonly token?: string;
  /** The text of the credentials file. */
  readonly creds?: string;
}

/** The limits of the streams. */
export interface StreamSettings {
  readonly FLEET: { readonly maxBytes: number; readonly replicas: number };
  readonly TELEMETRY: { readonly maxBytes: number; readonly maxAgeMs: number; readonly replicas: number };
}

/**
 * The NATS that the settings name, or the launcher's own on this machine.
 * @throws Error when the credentials file can't be read
 */
export async function natsOptions({ natsUrl, natsPort, natsToken, natsCreds }: Settings): Promise<NatsOptions> {
  return {
    url: natsUrl ?? `nats://127.0.0.1:${natsPort}`,
    ...(natsToken === undefined ? {} : { token: natsToken }),
    ...(natsCreds === undefined ? {} : { creds: await credentials(natsCreds) }),
  };
}

export function streamSettings(settings: Settings): StreamSettings {
  const { fleetMaxBytes, telemetryMaxBytes, telemetryMaxAge, replicas } = settings;
  return {
    FLEET: { maxBytes: fleetMaxBytes, replicas },
    TELEMETRY: { maxBytes: telemetryMaxBytes, maxAgeMs: telemetryMaxAge, replicas },
  };
}

function credentials(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: Error) => {
    throw new Error(`FLEETLOG_NATS_CREDS can't be read: ${cause.message}`, { cause });
  });
}
