/** The id of the command to stop; undefined if the value has none. */
export function cancelledCommand(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id } = value as Record<string, unknown>;
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** The signature of a message; undefined if it has none. */
export function signatureIn(value: unknown): string | undefined {
  const { jws } = (value ?? {}) as { readonly jws?: unknown };
  return typeof jws === "string" ? jws : undefined;
}
