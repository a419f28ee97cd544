import { lostEnrolmentAuthority, lostEnrolmentSecret, lostProvisionLogin } from "@fleetlog/fleet";
import type { LostEntry } from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import { hostOf } from "../net/address.ts";
import { LostReports, takeFrom } from "../net/refusing/lost-reports.ts";
import type { Core } from "../node/core.ts";
import { ClaimCodes } from "./claims.ts";
import type { PresentedProvisioning } from "./device.ts";
import { Provisioning, type ProvisioningOptions } from "./provisioning.ts";
import { certificateSource, enrolmentSource, provisionRequestSource } from "./requests.ts";

/**
 * The number of searches is limited, because a search asks a projector about all open requests or groups. A device that
 * was refused without a search tries again.
 */
const SEARCHES: BucketLimits = { burst: 10, refillMs: 5_000 };

/** The provisioning of this node, with every way in which a device can be let in. */
export function createProvisioning(
  { fleet, backbone, logger, boundedLog, clock }: Core,
  node: { readonly incarnation: string },
  observe: ProvisioningOptions["observe"],
  loginsPerMinute: number,
): Provisioning {
  const claimCodes = new ClaimCodes(fleet, clock);
  const lost = new LostReports({ boundedLog, clock });
  const searches = new TokenBucket(SEARCHES, clock);
  return new Provisioning({
    fleet,
    bus: backbone.bus,
    sources: [
      provisionRequestSource(fleet, clock),
      enrolmentSource(fleet, clock),
      certificateSource(fleet, clock),
      // Claim codes are tried last, because any password of letters and digits may be one.
      claimCodes.source,
    ],
    observe,
    onUnknown(presented) {
      // A device that is registered already is unknown here, because it logs in with its certificate: nothing is lost.
      if ("mustEnrol" in presented && presented.mustEnrol) return;
      lost.report(hostOf(presented.address), () => lostFor({ fleet, clock, searches }, presented));
    },
    onEvent: (event) => claimCodes.onEvent(event),
    logger,
    clock,
    loginsPerMinute,
    node: () => node.incarnation,
  });
}

/** Why an unknown client is refused, if the store has lost the entry that would let it in. */
async function lostFor(
  { fleet, clock, searches }: Pick<Core, "fleet" | "clock"> & { readonly searches: TokenBucket },
  presented: PresentedProvisioning,
): Promise<LostEntry | undefined> {
  const maySearch = () => takeFrom(searches);
  if ("password" in presented) {
    const lostSecret = await lostEnrolmentSecret(fleet, presented.password);
    return lostSecret ?? lostProvisionLogin(fleet, presented, clock(), maySearch);
  }
  const { authority } = presented.certificate;
  return authority === undefined ? undefined : lostEnrolmentAuthority(fleet, authority, maySearch);
}
