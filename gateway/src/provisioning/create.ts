import { lostEnrolmentSecret } from "@fleetlog/fleet";
import { hostOf } from "../net/address.ts";
import { LostReports } from "../net/refusing/lost-reports.ts";
import type { Core } from "../node/core.ts";
import { ClaimCodes } from "./claims.ts";
import { Provisioning, type ProvisioningOptions } from "./provisioning.ts";
import { certificateSource, enrolmentSource, provisionRequestSource } from "./requests.ts";

/** The provisioning of this node, with every way in which a device can be let in. */
export function createProvisioning(
  { fleet, backbone, logger, boundedLog, clock }: Core,
  node: { readonly incarnation: string },
  observe: ProvisioningOptions["observe"],
  loginsPerMinute: number,
): Provisioning {
  const claimCodes = new ClaimCodes(fleet, clock);
  const lost = new LostReports({ boundedLog, clock });
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
      if ("password" in presented)
        lost.report(hostOf(presented.address), () => lostEnrolmentSecret(fleet, presented.password));
    },
    onEvent: (event) => claimCodes.onEvent(event),
    logger,
    clock,
    loginsPerMinute,
    node: () => node.incarnation,
  });
}
