import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

export function accountsPart({ fleet: { accounts } }: Pick<Core, "fleet">): NodePart {
  return { name: "accounts", start: () => accounts.start(), stop: () => accounts.stop() };
}
