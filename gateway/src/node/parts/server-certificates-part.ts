import { answerServers } from "@fleetlog/identity";
import type { BusSubscription } from "@fleetlog/log";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

/** Certifies the keys of historians' TLS servers, because historians can't open the authority's key. */
export function serverCertificatesPart({ fleet, backbone }: Pick<Core, "fleet" | "backbone">): NodePart {
  let subscriptions: readonly BusSubscription[] = [];
  return {
    name: "server certificates",
    start() {
      subscriptions = answerServers(backbone.bus, fleet.authority);
    },
    drain() {
      for (const subscription of subscriptions) subscription.stop();
    },
  };
}
