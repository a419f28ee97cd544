import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { GatewaySettings } from "../../settings/index.ts";
import { type Acceptor, type Listener, listenHttps, listenMqtts } from "../listen.ts";
import { Certificates } from "./certificates.ts";
import { tlsPaths } from "./material.ts";
import type { TlsObserver } from "./observer.ts";
import { createTlsServer, type TlsServer } from "./server.ts";

export interface TlsLimits {
  /** Milliseconds between two looks at the certificates' files. */
  readonly lookMs: number;
  /** Handshakes at once on one listener. */
  readonly handshakes: number;
}

/** After a restart a whole fleet begins a handshake. */
const LIMITS: TlsLimits = { lookMs: 10_000, handshakes: 8_192 };

export interface TlsOptions {
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly observe: TlsObserver;
  readonly limits?: Partial<TlsLimits> | undefined;
}

/** What of a node is reached by TLS. */
export interface Tls {
  readonly certificates: Certificates;
  listenHttps(app: FastifyInstance): Promise<Listener>;
  listenMqtts(endpoint: Acceptor): Promise<Listener>;
}

/** Undefined without a certificate. @throws FleetError `invalid-request` that names the setting which is wrong */
export async function openTls(options: TlsOptions): Promise<Tls | undefined> {
  const { settings, logger, clock, observe } = options;
  const { lookMs, handshakes } = { ...LIMITS, ...options.limits };
  const paths = tlsPaths(settings);
  if (paths === undefined) return undefined;
  const certificates = await Certificates.open({ paths, logger, clock, everyMs: lookMs });

  function server(protocols?: string[]): TlsServer {
    const made = createTlsServer(certificates.material, {
      logger,
      observe,
      handshakes,
      handshakeMs: settings.loginTimeout,
      ...(protocols !== undefined && { protocols }),
    });
    certificates.keep(made);
    return made;
  }

  return {
    certificates,
    listenHttps: (app) => listenHttps(app, server(["http/1.1"]), settings),
    listenMqtts: (endpoint) => listenMqtts(endpoint, server(), settings),
  };
}
