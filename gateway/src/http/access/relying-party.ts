import { type RelyingParty, relyingPartyOf } from "@fleetlog/identity";
import type { FastifyRequest } from "fastify";
import type { Authenticators } from "./authenticate.ts";

/** What decides the address at which browsers show the pages. */
type Addresses = Pick<Authenticators, "findClient"> & { readonly publicUrl?: string | undefined };

/** @throws FleetError `passkeys-unavailable` where browsers refuse passkeys */
export function relyingPartyFor({ publicUrl, findClient }: Addresses, { raw }: FastifyRequest): RelyingParty {
  return relyingPartyOf({ publicUrl, host: findClient(raw).host, origin: raw.headers.origin });
}

/** Whether the pages can have passkeys. */
export function hasPasskeys(context: Addresses, request: FastifyRequest): boolean {
  try {
    relyingPartyFor(context, request);
    return true;
  } catch {
    return false;
  }
}
