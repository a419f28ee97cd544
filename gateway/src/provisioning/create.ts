import type { Core } from "../node/core.ts";
import { ClaimCodes } from "./claims.ts";
import { Provisioning, type ProvisioningOptions } from "./provisioning.ts";
import { certificateSource, enrolmentSource, provisionRequestSource } from "./requests.ts";

/** The provisioning of this node, with every way in which a device can be let in. */
export function createProvisioning(
  { fleet, backbone, logger, clock }: Core,
  node: { readonly incarnation: string },
  observe: ProvisioningOptions["observe"],
  loginsPerMinute: number,
): Provisioning {
  const claimCodes = new ClaimCodes(fleet, clock);
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
    onEvent: (event) => claimCodes.onEvent(event),
    logger,
    clock,
    loginsPerMinute,
    node: () => node.incarnation,
  });
}
