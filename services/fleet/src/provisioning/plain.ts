import type { Fleet } from "../dependencies/fleet.ts";

/**
 * Whether devices with a claim code or of an enrolment group are let in without TLS by default: only if no port has
 * TLS.
 */
export function plainByDefault({ provisioner }: Pick<Fleet, "provisioner">): boolean {
  const { mqtt, websocket } = provisioner.endpoints();
  return !mqtt?.startsWith("mqtts:") && !websocket?.startsWith("wss:");
}
