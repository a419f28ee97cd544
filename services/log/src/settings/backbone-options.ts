import { readFile } from "node:fs/promises";
import type { BackboneOptions } from "../jetstream/index.ts";
import { declareStreams } from "../streams.ts";
import type { LogSettings } from "./index.ts";

/**
 * What a process's settings say of its connection to the log: the NATS that they name, or the launcher's own on this
 * machine, and the streams.
 * @throws Error when the credentials file can't be read
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
