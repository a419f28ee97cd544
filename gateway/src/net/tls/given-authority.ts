import { readFileSync } from "node:fs";
import { type GivenAuthority, givenAuthority } from "@fleetlog/identity";
import type { GatewaySettings } from "../../settings/index.ts";
import { pemBlocks } from "../../settings/pem.ts";

export function authorityIn({ authorityCert, authorityKey }: GatewaySettings): GivenAuthority | undefined {
  if (authorityCert === undefined || authorityKey === undefined) return undefined;
  return givenAuthority(
    pemBlocks(readFileSync(authorityCert, "utf8"), "CERTIFICATE"),
    readFileSync(authorityKey, "utf8"),
  );
}
