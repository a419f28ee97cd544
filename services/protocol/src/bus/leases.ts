/** Leases expire after the setting `leaseTtl`. */
export const LEASES = {
  bucket: "leases",
  maxBytes: 16 * 1024 ** 2,
  gatewayPrefix: "gateway.",
  gateway: (token: string): string => `gateway.${token}`,
  reactors: "reactors",
} as const;
