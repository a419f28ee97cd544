import { readFile } from "node:fs/promises";
import type { BackboneOptions } from "../jetstream/index.ts";
import { declareStreams } from "../streams.ts";
import type { LogSettings } from "./index.ts";

/**
 * The options of `connectBackbone` from a process's settings. Without `natsUrl` it connects to the launcher's nats-server on
 * this machine.
 * @throws Error if the credentials file can't be read
 */
export async function backboneOptions(
  settings: LogSettings,
): Promise<Pick<BackboneOptions, "url" | "token" | "creds" | "streams">> {
  const { natsUrl, natsPort, natsToken, natsCreds } = settings;
  const { fleetMaxBytes, telemetryMaxBytes, telemetryMaxAge, replicas } = settings;
  return {
    url: natsUrl ?? `nats://127.0.0.1:${natsPort}`,
    ...(natsToken === undefined ? {} : { token: natsToken }),
    ...(natsCreds === undefined ? {} : { creds: await credentials(natsCreds) }),
    streams: declareStreams({
      FLEET: { maxBytes: fleetMaxBytes, replicas },
      TELEMETRY: { maxBytes: telemetryMaxBytes, maxAgeMs: telemetryMaxAge, replicas },
    }),
  };
}

function credentials(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: Error) => {
    throw new Error(`FLEETLOG_NATS_CREDS can't be read: ${cause.message}`, { cause });
  });
}
