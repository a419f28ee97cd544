import type { CommandMessage } from "@fleetlog/protocol";

/** Undefined if the id or the name is not valid. */
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
