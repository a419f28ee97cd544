import type { Fleet } from "../dependencies/fleet.ts";

/** By default, newcomers are let in without TLS only if no port has TLS. */
export function plainByDefault({ provisioner }: Pick<Fleet, "provisioner">): boolean {
  const { mqtt, websocket } = provisioner.endpoints();
  return !mqtt?.startsWith("mqtts:") && !websocket?.startsWith("wss:");
}
