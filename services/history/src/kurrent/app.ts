import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ApiKeys, People } from "@fleetlog/identity";
import type { Backbone, Logger } from "@fleetlog/log";
import type { TlsMaterial } from "./server/listener.ts";
import type { KurrentSettings } from "./settings.ts";
import { type KurrentEndpoint, startKurrent } from "./start.ts";

/** Renewed files are noticed after this time. They are compared by content, as the gateway does. */
const RELOAD_MS = 10_000;

export interface HostOptions {
  readonly settings: Pick<KurrentSettings, "host" | "kurrentPort" | "tlsCert" | "tlsKey">;
  readonly backbone: Backbone;
  /** Only this process uses it. */
  readonly folder: string;
  readonly logger: Logger;
}

/** The endpoint as the settings want it; undefined if it is off. */
export async function hostKurrent(options: HostOptions): Promise<KurrentEndpoint | undefined> {
  const { settings, backbone, folder, logger } = options;
  const { host, kurrentPort: port, tlsCert, tlsKey } = settings;
  if (port === undefined || tlsCert === undefined || tlsKey === undefined) return undefined;
  const read = async () => materialOf(await readFile(tlsCert, "utf8"), await readFile(tlsKey, "utf8"));
  let material = await read();
  const { log, buckets } = backbone;
  // Nobody is looked up by an address here.
  const people = new People(buckets, () => "");
  const apiKeys = new ApiKeys(buckets, people);
  const endpoint = await startKurrent({ host, port, material, log, apiKeys, folder, logger });
  const reload = async () => {
    try {
      const next = await read();
      if (next.cert === material.cert && next.key === material.key) return;
      material = next;
      endpoint.use(next);
      logger.info({}, "renewed TLS certificates are in use");
    } catch (error) {
      logger.warn({ err: error }, "new TLS files are not taken: the earlier ones stay in use");
    }
  };
  const timer = setInterval(() => void reload(), RELOAD_MS).unref();
  return {
    ...endpoint,
    async close() {
      clearInterval(timer);
      await endpoint.close();
    },
  };
}

/** @throws Error if the key is not that of the certificate, as between the writing of the two files */
function materialOf(cert: string, key: string): TlsMaterial {
  createSecureContext({ cert, key });
  return { cert, key };
}
