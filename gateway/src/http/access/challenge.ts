import type { IncomingHttpHeaders } from "node:http";
import type { ErrorCode } from "@fleetlog/domain";

const REALM = 'Bearer realm="fleetlog"';

/** The WWW-Authenticate header (RFC 6750, 3), with `error` only if the request had a bearer token. */
export function challengeFor(code: ErrorCode, { authorization }: IncomingHttpHeaders): string | undefined {
  const hasToken = authorization !== undefined && /^bearer\b/i.test(authorization);
  if (code === "second-factor-required") return REALM;
  if (code === "unauthenticated") return hasToken ? `${REALM}, error="invalid_token"` : REALM;
  if (code === "forbidden" && hasToken) return `${REALM}, error="insufficient_scope"`;
  return undefined;
}
