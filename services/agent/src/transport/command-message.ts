import type { CommandMessage } from "@fleetlog/protocol";

/** The value as a command; undefined if the agent can't run it, because it has no valid id or name. */
export function asCommand(value: unknown): CommandMessage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, name, params, deadline, jws } = value as Record<string, unknown>;
  if (typeof id !== "string" || id === "" || typeof name !== "string") return undefined;
  return {
    id,
    name,
    params: params ?? null,
    deadline: typeof deadline === "string" ? deadline : "",
    ...(typeof jws === "string" && { jws }),
  };
}
