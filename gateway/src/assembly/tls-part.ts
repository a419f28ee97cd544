import { TlsMetrics, tlsFilesGauges } from "../metrics/tls.ts";
import type { ConnectionBound } from "../net/connection-bound.ts";
import { openTls, type Tls, type TlsLimits } from "../net/listen/tls.ts";
import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import type { GatewaySettings } from "../settings/index.ts";

export interface TlsPart extends NodePart {
  /** Undefined if TLS is off. */
  readonly tls: Tls | undefined;
}

export interface TlsPartOptions {
  readonly settings: GatewaySettings;
  /** Limits the handshakes of all TLS ports together. */
  readonly handshakes: ConnectionBound;
  readonly limits?: Partial<TlsLimits> | undefined;
}

/** The node's TLS, with its metrics. @throws FleetError `invalid-request` with the setting as `field` */
export async function tlsPart({ fleet, logger, boundedLog, clock }: Core, options: TlsPartOptions): Promise<TlsPart> {
  const metrics = new TlsMetrics();
  const { authority, authorities: customers } = fleet;
  const tls = await openTls({ ...options, authority, customers, logger, boundedLog, clock, observe: metrics });
  return {
    name: "tls",
    tls,
    metrics: [...metrics.metrics, ...tlsFilesGauges(tls?.certificates)],
    drain: () => tls?.certificates.stop(),
  };
}
