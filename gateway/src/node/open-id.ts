import { OpenId, type Sealer } from "@fleetlog/identity";
import type { GatewaySettings } from "../settings/index.ts";

type Settings = Pick<GatewaySettings, "oidcIssuer" | "oidcClientId" | "oidcClientSecret" | "oidcRoles" | "publicUrl">;

export function openIdOf(
  { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret, oidcRoles, publicUrl }: Settings,
  sealer: Sealer,
  clock: () => number,
): OpenId | undefined {
  if (issuer === undefined || clientId === undefined || publicUrl === undefined) return undefined;
  const callback = `${publicUrl.replace(/\/$/, "")}/api/session/openid/callback`;
  return new OpenId({ issuer, clientId, clientSecret, roles: oidcRoles ?? [], callback }, sealer, clock);
}
