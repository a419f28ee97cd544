import { randomBytes } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, startGateway } from "@fleetlog/gateway";
import { gatewaySettings } from "@fleetlog/gateway/settings";
import { type KeyedSealer, sealerOf } from "@fleetlog/identity";
import { type MemoryBackbone, MemoryObjects, memoryBackbone } from "@fleetlog/log";
import { loadSettings } from "@fleetlog/runtime/node";
import { pino } from "pino";
import { Api } from "./api.ts";
import { Authority, type Issued } from "./certificates.ts";

export interface TlsGatewayOptions {
  /** Trusted for client certificates; default: `authority`. */
  readonly clientCa?: string;
  readonly clientCrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: () => number;
  /** Another node with the same log and installation key; default: none. */
  readonly beside?: TlsGateway;
}

type File = "cert" | "key" | "ca" | "crl";

/** A whole gateway in this process, with TLS on free ports and the log in memory. */
export interface TlsGateway {
  readonly gateway: Gateway;
  readonly backbone: MemoryBackbone;
  readonly sealer: KeyedSealer;
  readonly authority: Authority;
  readonly server: Issued;
  readonly mqtts: string;
  /** `127.0.0.1:port` of HTTPS. */
  readonly https: string;
  readonly api: Api;
  readonly token: string;
  readonly logged: readonly { readonly msg: string; readonly [field: string]: unknown }[];
  replace(file: File, text: string): Promise<void>;
  metrics(name: string): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

const TOKEN = "lighthouse-administrator-0123456789";
/** Milliseconds between checks of the files: few, so that tests do not wait. */
const LIMITS = { reloadMs: 25 };

export async function startTlsGateway(options: TlsGatewayOptions = {}): Promise<TlsGateway> {
  const { beside } = options;
  const directory = await mkdtemp(join(tmpdir(), "fleetlog-tls-"));
  const file = (name: File) => join(directory, `${name}.pem`);
  const replace = async (name: File, text: string) => {
    await writeFile(`${file(name)}.new`, text, { mode: 0o600 });
    await rename(`${file(name)}.new`, file(name));
  };
  const authority = new Authority("Device CA");
  const server = authority.issue({ names: ["gateway"], usage: "server" });
  await replace("cert", server.cert);
  await replace("key", server.key);
  await replace("ca", options.clientCa ?? authority.cert);
  if (options.clientCrl !== undefined) await replace("crl", options.clientCrl);
  const removed = () => rm(directory, { recursive: true, force: true });
  const settings = loadSettings(gatewaySettings, {
    FLEETLOG_HTTP_PORT: "0",
    FLEETLOG_HTTPS_PORT: "0",
    FLEETLOG_MQTT_PORT: "0",
    FLEETLOG_MQTTS_PORT: "0",
    FLEETLOG_GATEWAY_NAME: beside === undefined ? "gateway-1" : "gateway-2",
    FLEETLOG_ADMIN_TOKEN: TOKEN,
    FLEETLOG_TLS_CERT: file("cert"),
    FLEETLOG_TLS_KEY: file("key"),
    FLEETLOG_TLS_CLIENT_CA: file("ca"),
    ...(options.clientCrl !== undefined && { FLEETLOG_TLS_CLIENT_CRL: file("crl") }),
    ...options.env,
  });
  const backbone = memoryBackbone(beside === undefined ? {} : { server: beside.backbone.server });
  const sealer = beside?.sealer ?? sealerOf(randomBytes(32));
  const logged: { msg: string; [field: string]: unknown }[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const gateway = await startGateway({
    settings,
    backbone,
    sealer,
    objects: new MemoryObjects(),
    logger,
    version: "1.0.0",
    tlsLimits: LIMITS,
    ...(options.clock !== undefined && { clock: options.clock }),
    onReplaced: () => {},
  }).catch(async (error: unknown) => {
    await removed();
    throw error;
  });
  const url = `http://127.0.0.1:${gateway.httpPort}`;
  return {
    gateway,
    backbone,
    sealer,
    authority,
    server,
    mqtts: `mqtts://127.0.0.1:${gateway.mqttsPort}`,
    https: `127.0.0.1:${gateway.httpsPort}`,
    api: new Api(url, TOKEN),
    token: TOKEN,
    logged,
    replace,
    async metrics(name) {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text.split("\n").filter((line) => line.startsWith(name));
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await backbone.close();
      await removed();
    },
  };
}
