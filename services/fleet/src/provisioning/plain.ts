import type { Fleet } from "../fleet.ts";

/** Newcomers may come without TLS only where no port has it, unless an operator decides otherwise. */
export function plainByDefault({ provisioner }: Pick<Fleet, "provisioner">): boolean {
  const { mqtt, websocket } = provisioner.endpoints();
  return !mqtt?.startsWith("mqtts:") && !websocket?.startsWith("wss:");
}
