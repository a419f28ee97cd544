import type { ConfigurationMessage } from "@fleetlog/protocol";

/** Undefined if the configuration is not valid. */
export function asConfiguration(value: unknown): ConfigurationMessage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { revision, values } = value as { revision?: unknown; values?: unknown };
  const isObject = typeof values === "object" && values !== null && !Array.isArray(values);
  return Number.isSafeInteger(revision) && isObject ? (value as ConfigurationMessage) : undefined;
}
