import type { IncomingHttpHeaders } from "node:http";
import type { ErrorCode } from "@fleetlog/domain";

const REALM = 'Bearer realm="fleetlog"';

/**
 * The WWW-Authenticate header of a refusal (RFC 6750, 3): without an error for who showed no bearer token, since that
 * one did nothing wrong yet; undefined where nothing is to be shown.
 */
export function challengeFor(code: ErrorCode, { authorization }: IncomingHttpHeaders): string | undefined {
  const shown = authorization !== undefined && /^bearer\b/i.test(authorization);
  if (code === "unauthenticated") return shown ? `${REALM}, error="invalid_token"` : REALM;
  if (code === "forbidden" && shown) return `${REALM}, error="insufficient_scope"`;
  return undefined;
}
