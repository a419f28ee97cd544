import { X509Certificate } from "node:crypto";
import { type Authority, type CustomerAuthorities, spkiOf } from "@fleetlog/identity";
import { serverNames } from "@fleetlog/runtime/node";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { GatewaySettings } from "../../settings/index.ts";
import { pemBlocks } from "../../settings/pem.ts";
import type { BoundedLog } from "../bounded-log.ts";
import type { ConnectionBound } from "../connection-bound.ts";
import { Certificates } from "../tls/certificates.ts";
import { tlsPaths } from "../tls/material.ts";
import type { TlsObserver } from "../tls/observer.ts";
import { createTlsServer, type TlsServer } from "../tls/server.ts";
import { type Acceptor, type HttpsPort, type Listener, listenHttps, listenMqtts } from "./listen.ts";

export interface TlsLimits {
  /** Milliseconds between two checks of the certificate files. */
  readonly reloadMs: number;
}

const LIMITS: TlsLimits = { reloadMs: 10_000 };

export interface TlsOptions {
  readonly settings: GatewaySettings;
  readonly authority: Authority;
  readonly customers: CustomerAuthorities;
  readonly logger: Logger;
  readonly boundedLog: BoundedLog;
  readonly clock: () => number;
  readonly observe: TlsObserver;
  /** Limits the handshakes of all TLS ports together. */
  readonly handshakes: ConnectionBound;
  readonly limits?: Partial<TlsLimits> | undefined;
}

export interface Tls {
  readonly certificates: Certificates;
  /** @param port default: the port of the HTTP API over TLS */
  listenHttps(app: FastifyInstance, port?: HttpsPort): Promise<Listener>;
  listenMqtts(endpoint: Acceptor): Promise<Listener>;
}

/** Resolves with undefined if TLS is off. @throws FleetError `invalid-request` with the setting as `field` */
export async function openTls(options: TlsOptions): Promise<Tls | undefined> {
  const { settings, authority, customers, logger, boundedLog, clock, observe, handshakes } = options;
  const { reloadMs } = { ...LIMITS, ...options.limits };
  const paths = tlsPaths(settings);
  if (paths === undefined) return undefined;
  const certificates = await Certificates.open({
    paths,
    authority,
    names: () => serverNames(settings),
    rsaKeyExchange: settings.tlsRsaKeyExchange === "on",
    logger,
    clock,
    reloadMs,
  });
  customers.isOfInstallation = ({ publicKey }) => certificates.material.files.hasKey(spkiOf(publicKey));
  if (paths.tlsCert === undefined) {
    const advice = "clients must trust it, and get it from GET /api/authority";
    for (const { subject, fingerprint256: sha256 } of topsOf(await authority.chain()))
      logger.info({ subject, sha256 }, `the authority's root certificate: ${advice}`);
  }

  function server(protocols?: string[]): TlsServer {
    const created = createTlsServer(certificates.material, {
      logger,
      boundedLog,
      observe,
      customers,
      clock,
      handshakes,
      handshakeMs: settings.loginTimeout,
      ...(protocols !== undefined && { protocols }),
    });
    certificates.register(created);
    return created;
  }

  return {
    certificates,
    listenHttps: (app, port) => listenHttps(app, server(["http/1.1"]), settings, port),
    listenMqtts: (endpoint) => listenMqtts(endpoint, server(), settings),
  };
}

/** The certificates that no other certificate in the chain has issued; two while an authority is being replaced. */
function topsOf(chain: string): X509Certificate[] {
  const all = pemBlocks(chain, "CERTIFICATE").map((pem) => new X509Certificate(pem));
  return all.filter((one) => !all.some((other) => other !== one && one.checkIssued(other)));
}
