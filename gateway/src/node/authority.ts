import { type Authority, certificateAuthority, type Sealer } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { Logger } from "pino";
import { authorityIn } from "../net/tls/given-authority.ts";
import type { GatewaySettings } from "../settings/index.ts";

export interface AuthorityDependencies {
  readonly buckets: Buckets;
  readonly sealer: Sealer;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** The authority of the installation, as the settings define it. Logs its changes. */
export function installationAuthority(
  settings: GatewaySettings,
  { buckets, sealer, clock, logger }: AuthorityDependencies,
): Authority {
  return certificateAuthority({
    buckets,
    sealer,
    clock,
    lifetimeMs: settings.deviceCertificateLifetime,
    given: authorityIn(settings),
    overlapMs: settings.authorityOverlap,
    onNews(news, subject) {
      if (news !== "ignored") logger.info({ subject }, `the authority was ${news}`);
      else logger.warn({ subject }, "FLEETLOG_AUTHORITY_CERT is not used, because another authority has replaced it");
    },
  });
}
