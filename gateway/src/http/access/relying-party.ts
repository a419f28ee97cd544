import { type RelyingParty, relyingPartyOf } from "@fleetlog/identity";
import type { FastifyRequest } from "fastify";
import type { HttpContext } from "../context.ts";

/** @throws FleetError `passkeys-unavailable` where browsers refuse passkeys */
export function relyingPartyFor(
  { publicUrl, findClient }: Pick<HttpContext, "publicUrl" | "findClient">,
  { raw }: FastifyRequest,
): RelyingParty {
  return relyingPartyOf({ publicUrl, host: findClient(raw).host, origin: raw.headers.origin });
}

/** Whether the pages can have passkeys. */
export function hasPasskeys(context: Pick<HttpContext, "publicUrl" | "findClient">, request: FastifyRequest): boolean {
  try {
    relyingPartyFor(context, request);
    return true;
  } catch {
    return false;
  }
}
