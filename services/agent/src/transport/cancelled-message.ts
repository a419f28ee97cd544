export function cancelledCommand(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id } = value as Record<string, unknown>;
  return typeof id === "string" && id !== "" ? id : undefined;
}

export function signatureIn(value: unknown): string | undefined {
  const { jws } = (value ?? {}) as { readonly jws?: unknown };
  return typeof jws === "string" ? jws : undefined;
}
