import type { CommandMessage } from "@fleetlog/protocol";

/** What arrived as a command, if it is one. Anything else is not answered: there is no id to answer with. */
export function asCommand(value: unknown): CommandMessage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, name, params, deadline } = value as Record<string, unknown>;
  if (typeof id !== "string" || id === "" || typeof name !== "string") return undefined;
  return { id, name, params: params ?? null, deadline: typeof deadline === "string" ? deadline : "" };
}
